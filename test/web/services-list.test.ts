/** Requirements 2, 3, 14, 23 and 27 of the pages: the list of the Services explorer. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser, withPage } from './support/browser.ts';
import { useWebServer } from './support/server.ts';
import { openWithToken } from './support/sign-in.ts';

const rows = (page: Page) => page.locator('main tbody tr');
const ids = (page: Page) => page.locator('main tbody a.id').allTextContents();
const historyLength = (page: Page) => page.evaluate(() => history.length);

describe.skipIf(!hasBrowser)('the list of the Services explorer', () => {
  const server = useWebServer({ demo: true, runTasks: false });

  it('2: asks the API for what its address says, and falls back for values that are not acceptable', () =>
    withPage(async (page) => {
      const asked = async (query: string) => {
        const request = page.waitForRequest((sent) => sent.url().includes('/tasks?'));
        await openWithToken(page, `${server().services}/${query}`);
        return new URL((await request).url()).search;
      };
      expect(await asked('?status=DONE&action=bulk+issue+rewards&campaign=4801')).toBe(
        '?limit=20&offset=0&status=DONE&action=bulk+issue+rewards&campaign_id=4801',
      );
      expect(await ids(page)).toEqual(['12293', '12312']);
      expect(await asked('?page=2')).toBe('?limit=20&offset=20');
      expect(await asked('?status=Done&campaign=-1&page=x&action=')).toBe('?limit=20&offset=0');
    }));

  it('3: typing adds no entry to the history; Enter, a status and a page add one each, and Back shows the former rows', () =>
    withPage(async (page) => {
      await openWithToken(page, server().services);
      await rows(page).first().waitFor();
      const first = await ids(page);
      const before = await historyLength(page);
      await page.getByLabel('Action').pressSequentially('export');
      expect(await historyLength(page)).toBe(before);
      await page.getByLabel('Action').press('Enter');
      await page.waitForURL('**/?action=export');
      await page.getByLabel('Status').selectOption('ERROR');
      await page.waitForURL('**/?status=ERROR&action=export');
      expect(await historyLength(page)).toBe(before + 2);
      await page.getByText('Vouchers that expire this month').waitFor();
      await page.goBack();
      await page.goBack();
      await page.getByText('Spring welcome points').waitFor();
      expect(await ids(page)).toEqual(first);
      expect(await page.getByLabel('Action').inputValue()).toBe('');
      expect(await page.getByLabel('Status').inputValue()).toBe('');
      await page.getByRole('link', { name: 'Next' }).click();
      await page.waitForURL('**/?page=2');
    }));

  it('13: names the order, and leads to the newest tasks', () =>
    withPage(async (page) => {
      await openWithToken(page, server().services);
      await page.getByText('Sorted by id, the oldest task first.').waitFor();
      await page.getByRole('link', { name: 'Go to the newest tasks' }).click();
      await page.getByText('New tasks appear at the end of this page.').waitFor();
      expect(new URL(page.url()).search).toBe('?page=2');
    }));

  it('does not send a campaign that is no integer', () =>
    withPage(async (page) => {
      await openWithToken(page, server().services);
      await page.getByLabel('Campaign').fill('abc');
      await page.getByLabel('Campaign').press('Enter');
      expect(await page.locator(':invalid').count()).toBeGreaterThan(0);
      expect(new URL(page.url()).search).toBe('');
    }));

  it('14: tells none found from a page past the end, and names the filter', () =>
    withPage(async (page) => {
      await openWithToken(page, `${server().services}/?action=nothing`);
      await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
      await page.getByText('No task has action “nothing”.').waitFor();
      await openWithToken(page, `${server().services}/?page=9`);
      await page.getByRole('heading', { name: 'There is no page 9' }).waitFor();
      await page.getByRole('link', { name: 'Show page 2' }).click();
      await page.getByText('Page 2 of 2').waitFor();
    }));

  it('14: a failed refresh keeps the rows, and a first request that fails says so', () =>
    withPage(async (page) => {
      await openWithToken(page, server().services);
      await rows(page).first().waitFor();
      await page.route('**/tasks?*', (route) => route.abort());
      await page.getByRole('button', { name: 'Refresh' }).click();
      await page.getByText('Not current:').waitFor();
      expect(await rows(page).count()).toBe(20);
      await page.getByLabel('Status').selectOption('DONE');
      await page.getByRole('heading', { name: 'No answer' }).waitFor();
      expect(await page.getByText(/No tasks yet|Nothing matches/).count()).toBe(0);
    }));

  it('23: keys go through the rows, copy, open, change the page and focus the filters', () =>
    withPage(
      async (page) => {
        await openWithToken(page, server().services);
        await rows(page).first().waitFor();
        await page.getByRole('heading', { name: 'Tasks of chain' }).click();
        await page.keyboard.press('j');
        await page.keyboard.press('j');
        await page.keyboard.press('k');
        await page.keyboard.press('j');
        expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('12292');
        await page.keyboard.press('c');
        await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('12292');
        await page.keyboard.press('/');
        expect(await page.evaluate(() => document.activeElement?.getAttribute('name'))).toBe('status');
        await page.getByRole('heading', { name: 'Tasks of chain' }).click();
        await page.keyboard.press(']');
        await page.getByText('Page 2 of 2').waitFor();
        await page.keyboard.press('[');
        await page.waitForURL(/\/$/);
        await rows(page).first().waitFor();
        await page.keyboard.press('j');
        await page.keyboard.press('Enter');
        await page.waitForURL('**/task/12287');
      },
      { permissions: ['clipboard-read', 'clipboard-write'] },
    ));

  it('27: saves all tasks of the filter as CSV and as NDJSON, as the server sent them', () =>
    withPage(async (page) => {
      await openWithToken(page, `${server().services}/?status=ERROR`);
      await page.getByText('Save 8 of 8 tasks with status ERROR:').waitFor();
      const read = async (format: string) => {
        const download = page.waitForEvent('download');
        await page.getByRole('button', { name: format, exact: true }).click();
        const file = await download;
        expect(file.suggestedFilename()).toBe(`tasks-of-chain-1764.${format.toLowerCase()}`);
        return readFileSync(await file.path(), 'utf8');
      };
      const csv = (await read('CSV')).split('\r\n');
      expect(csv[0]).toMatch(/^id,chain,desc,status,action,campaign/);
      expect(csv).toHaveLength(10);
      const lines = (await read('NDJSON')).trimEnd().split('\n');
      const response = await page.request.get(`http://127.0.0.1:${server().port}/tasks?status=ERROR`, {
        headers: {
          host: 'services.localhost',
          authorization: 'Bearer demo:demo-secret-of-chain-1764',
        },
      });
      expect(`[${lines.join(',')}]`).toBe(await response.text());
    }));
});
