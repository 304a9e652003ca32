/** Pages of a browser, for tests. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { CHROMIUM, hasBrowser, launchBrowser } from './chromium.ts';

export { hasBrowser };

if (!hasBrowser)
  console.warn(`Browser tests are skipped: there is no ${CHROMIUM} (apt-get install chromium).`);

let launched: Promise<Browser> | undefined;

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
