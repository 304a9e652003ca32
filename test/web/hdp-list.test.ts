/** The addresses, states and keys of the HDP list. The numbers are those of the requirements. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { ulid } from '../support/tasks.ts';
import { hasBrowser } from './support/browser.ts';
import { downFrom, expectTasks, focusedUuid, refresh, withTasks } from './support/hdp-tasks.ts';

const search = (page: Page) => page.getByRole('searchbox');

describe.skipIf(!hasBrowser)('2: an address in a fresh tab', () => {
  it.each([
    ['?search=0000&page=2&size=10', 'hdp_tasks_page=2&hdp_tasks_per_page=10&hdp_tasks_search=0000'],
    ['?page=0&size=1000', 'hdp_tasks_page=1&hdp_tasks_per_page=20'],
    [
      '?hdp_tasks_page=2&hdp_tasks_search=0000',
      'hdp_tasks_page=2&hdp_tasks_per_page=20&hdp_tasks_search=0000',
    ],
    ['?view=nothing', 'hdp_tasks_page=1&hdp_tasks_per_page=20'],
    [`?search=${'x'.repeat(300)}&size=50`, 'hdp_tasks_page=1&hdp_tasks_per_page=50'],
  ])('%s asks for %s', (address, asked) =>
    withTasks(25, async (page, server) => {
      const request = page.waitForRequest(/\/tasks\?/);
      await page.goto(`${server.hdp}/${address}`);
      expect(new URL((await request).url()).search).toBe(`?${asked}`);
      await page.locator('a[data-uuid]').first().waitFor();
    }),
  );
});

describe.skipIf(!hasBrowser)('14: the list', () => {
  it('is empty only after an answer, and then says so', () =>
    withTasks(0, async (page, server) => {
      const { promise: isLate, resolve: release } = Promise.withResolvers<void>();
      await page.route(/\/tasks\?/, (route) => isLate.then(() => route.continue()));
      await page.goto(server.hdp);
      await page.getByText('Loading the tasks…').waitFor();
      expect(await page.getByText('No tasks yet').count()).toBe(0);
      release();
      await page.getByText('No tasks yet').waitFor();
    }));

  it('keeps its rows while a refresh fails', () =>
    withTasks(2, async (page, server) => {
      await page.goto(server.hdp);
      await expectTasks(page, [2, 1]);
      await page.route(/\/tasks\?/, (route) => route.abort());
      await refresh(page);
      await page.getByText('The server cannot be reached').waitFor();
      await expectTasks(page, [2, 1]);
    }));

  it('shows no rows of another search when the first answer fails', () =>
    withTasks(2, async (page, server) => {
      await page.goto(server.hdp);
      await expectTasks(page, [2, 1]);
      await page.route(/hdp_tasks_search/, (route) => route.abort());
      await search(page).fill('abc');
      await page.getByRole('heading', { name: 'No answer' }).waitFor();
      await expectTasks(page, []);
      // One notice, with one way to try again.
      await page.getByRole('button', { name: 'Try again' }).waitFor();
      expect(await page.locator('.freshness button').count()).toBe(0);
      await page.unroute(/hdp_tasks_search/);
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByText('Nothing found').waitFor();
    }));
});

describe.skipIf(!hasBrowser)('23: the keys of the list', () => {
  it('move between rows, open one, copy its id and turn pages', () =>
    withTasks(25, async (page, server) => {
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
      await page.goto(`${server.hdp}/?size=10`);
      await expectTasks(page, downFrom(25, 16));
      const press = async (...keys: string[]) => {
        for (const key of keys) await page.keyboard.press(key);
      };
      await press('j', 'j', 'j', 'k');
      expect(await focusedUuid(page)).toBe(ulid(24));
      await press('c');
      await page.getByText(`Copied ${ulid(24)}`).waitFor({ state: 'visible' });
      const note = await page.getByText(`Copied ${ulid(24)}`).boundingBox();
      expect(note?.width).toBeGreaterThan(100);
      expect(await focusedUuid(page)).toBe(ulid(24));
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(ulid(24));
      await press(']');
      await expectTasks(page, downFrom(15, 6));
      await press('[');
      await expectTasks(page, downFrom(25, 16));
      await press('/');
      expect(await search(page).evaluate((field) => field === document.activeElement)).toBe(true);
      await press('j');
      expect(await search(page).inputValue()).toBe('j');
      await search(page).fill('');
      await expectTasks(page, downFrom(25, 16));
      await page.evaluate(() => (document.activeElement as HTMLElement).blur());
      await press('j', 'Enter');
      await page.waitForURL(/\/task\//);
    }));

  it('reach only links and buttons in a row', () =>
    withTasks(1, async (page, server) => {
      await page.goto(server.hdp);
      await expectTasks(page, [1]);
      const names = await page
        .locator('tbody :is(a, button, [tabindex])')
        .evaluateAll((elements) => elements.map(({ tagName }) => tagName));
      expect(names).toEqual(['A', 'BUTTON']);
    }));
});
