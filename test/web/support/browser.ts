/** Debian's chromium, driven through playwright-core, on pages of a real server. */
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** False if the browser tests cannot run. `.ci/run` installs chromium. */
export const hasBrowser = existsSync(CHROMIUM);

if (!hasBrowser)
  console.warn(`Browser tests are skipped: there is no ${CHROMIUM} (apt-get install chromium).`);

let launched: Promise<Browser> | undefined;

/** Starts a browser. Headless chromium does not resolve names such as `hdp.localhost` without a rule. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--host-resolver-rules=MAP *.localhost 127.0.0.1, MAP *.test 127.0.0.1'],
  });

/** Closes the browser of this test file. `close-browser.ts` calls it. */
export async function closeBrowser(): Promise<void> {
  const browser = launched;
  launched = undefined;
  await (await browser)?.close();
}

/**
 * Opens a page with storage of its own, and passes it to `use`. Expects no errors of scripts and no violations of the
 * Content-Security-Policy.
 */
export async function withPage(
  use: (page: Page) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  launched ??= launchBrowser();
  const context = await (await launched).newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(15_000);
  const problems: string[] = [];
  try {
    await context.exposeFunction('reportViolation', (text: string) => void problems.push(text));
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        const report = Reflect.get(window, 'reportViolation');
        report(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => problems.push(String(error)));
    await use(page);
    expect(problems).toEqual([]);
  } finally {
    await context.close();
  }
}
