/** Requirements 5 to 7, 14 and 24 in a browser: polls of a page, and what is said about them. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { addHdpTasks } from '../support/gateway.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { useWebServer } from './support/server.ts';

/** Records each text that a live region of the page gets. */
function recordSaid(page: Page): Promise<unknown> {
  return page.evaluate(() => {
    const said: string[] = [];
    Reflect.set(window, 'said_', said);
    const observer = new MutationObserver((records) => {
      for (const { target } of records) {
        const element = target instanceof Element ? target : target.parentElement;
        const region = element?.closest('[role=status]');
        if (region) said.push(region.textContent ?? '');
      }
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
}

const said = (page: Page) => page.evaluate<string[]>('said_');

/** Hides or shows the document, as another tab in front does. */
const setHidden = (page: Page, isHidden: boolean) =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isHidden);

/** Lets at least this time of the page pass, with the answers that arrive meanwhile. */
async function pass(page: Page, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 2.5) {
    await page.clock.runFor(2500);
    await page.evaluate(() =>
      fetch('/is-alive').then(
        () => undefined,
        () => undefined,
      ),
    );
  }
}

describe.skipIf(!hasBrowser)('the polls of a page', () => {
  const server = useWebServer();

  /** Opens the list with a clock of its own. Returns the requests of the list. */
  const open = async (page: Page) => {
    await addHdpTasks(server().gateway.store, anHdpTask({ uuid: ulid(1) }));
    const etags: (string | undefined)[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/tasks?')) etags.push(request.headers()['if-none-match']);
    });
    await page.clock.install();
    await page.goto(server().hdp);
    await page.locator('tbody tr').first().waitFor();
    return etags;
  };

  it('are one in 5 seconds with an ETag, and say nothing if nothing changes (5, 24)', () =>
    withPage(async (page) => {
      const etags = await open(page);
      await recordSaid(page);
      const before = etags.length;
      const start = await page.evaluate(() => Date.now());
      const confirmed = await page.locator('.freshness time').textContent();
      await pass(page, 60);
      const made = etags.slice(before);
      const passed = (await page.evaluate(() => Date.now())) - start;
      expect(made.length).toBeGreaterThanOrEqual(5);
      expect(made.length).toBeLessThanOrEqual(2 + passed / 5000);
      for (const etag of made) expect(etag).toMatch(/^"/);
      expect(await said(page)).toEqual([]);
      expect(await page.locator('.freshness time').textContent()).not.toBe(confirmed);
    }));

  it('rest while the page is hidden; one follows when it is shown (6)', () =>
    withPage(async (page) => {
      const etags = await open(page);
      await pass(page, 10);
      await setHidden(page, true);
      const before = etags.length;
      await pass(page, 30);
      expect(etags.length).toBe(before);
      await setHidden(page, false);
      await expect.poll(() => etags.length).toBe(before + 1);
    }));

  it('keep the rows when the device goes offline, and say so once, as when it is back (14, 24)', () =>
    withPage(async (page) => {
      await open(page);
      await pass(page, 10);
      await recordSaid(page);
      await page.context().setOffline(true);
      await page.getByText('Not current: This device is offline.').waitFor();
      await page.getByRole('button', { name: 'Try again' }).waitFor();
      await page.getByText('Older data').waitFor();
      await page.getByText(/^Next attempt in \d+ s$/).waitFor();
      await pass(page, 60);
      expect(await page.locator('.table tbody tr').count()).toBe(1);
      expect(await said(page)).toEqual(['Not current: This device is offline.']);
      await page.context().setOffline(false);
      await page.getByText('Live', { exact: true }).waitFor();
      await pass(page, 10);
      expect(await said(page)).toEqual(['Not current: This device is offline.', 'Current again.']);
    }));

  it('name a server that does not answer, and its wait', () =>
    withPage(async (page) => {
      await open(page);
      await page.route('**/tasks?*', (route) => route.abort());
      await page.getByRole('button', { name: 'Refresh' }).click();
      await page.getByText('Not current: The server cannot be reached.').waitFor();
      await page.unroute('**/tasks?*');
      await page.route('**/tasks?*', (route) =>
        route.fulfill({ status: 503, headers: { 'retry-after': '30' }, json: { error: 'Try later.' } }),
      );
      await page.clock.runFor(10_000);
      await page.getByText('Not current: Try later.').waitFor();
      await page.getByText(/^Next attempt in (30|2\d) s$/).waitFor();
    }));
});
