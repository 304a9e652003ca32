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

/** Starts the browser once for all tests of a worker. Headless chromium does not resolve `*.localhost` alone. */
function launch(): Promise<Browser> {
  launched ??= chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--host-resolver-rules=MAP *.localhost 127.0.0.1'],
  });
  return launched;
}

/** A page with what went wrong in it. */
export interface TestPage {
  page: Page;
  /** Errors of scripts, and violations of the Content-Security-Policy. */
  problems: string[];
}

/** Opens a page with storage of its own, and passes it to `use`. Expects no errors and no policy violations. */
export async function withPage(
  use: (page: Page) => Promise<void>,
  options: BrowserContextOptions = {},
): Promise<void> {
  const context = await (await launch()).newContext({ viewport: { width: 1280, height: 800 }, ...options });
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
