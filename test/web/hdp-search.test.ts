/** The search of the HDP list, and the history. The numbers are those of the requirements. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { ulid } from '../support/tasks.ts';
import { hasBrowser } from './support/browser.ts';
import { downFrom, expectTasks, refresh, withTasks } from './support/hdp-tasks.ts';

const historyLength = (page: Page) => page.evaluate(() => history.length);
const query = (page: Page) => new URL(page.url()).search;
const search = (page: Page) => page.getByRole('searchbox');

describe.skipIf(!hasBrowser)('the search', () => {
  it('3: typing adds no entry of the history, Enter adds one, and Back shows the former rows', () =>
    withTasks(25, async (page, server) => {
      await page.goto(`${server.hdp}/?size=10`);
      await expectTasks(page, downFrom(25, 16));
      const before = await historyLength(page);
      await search(page).pressSequentially(ulid(7).slice(-10), { delay: 20 });
      await expectTasks(page, [7]);
      expect(query(page)).toBe(`?search=${ulid(7).slice(-10)}&size=10`);
      expect(await historyLength(page)).toBe(before);
      await search(page).press('Enter');
      expect(await historyLength(page)).toBe(before + 1);
      await page.goBack();
      await expectTasks(page, downFrom(25, 16));
      expect(query(page)).toBe('?size=10');
      expect(await search(page).inputValue()).toBe('');
      await page.goForward();
      await expectTasks(page, [7]);
      expect(await search(page).inputValue()).toBe(ulid(7).slice(-10));
    }));

  it('3: a page and a page size each add one entry', () =>
    withTasks(25, async (page, server) => {
      await page.goto(server.hdp);
      await expectTasks(page, downFrom(25, 6));
      const before = await historyLength(page);
      await page.getByLabel('Rows').selectOption('10');
      await expectTasks(page, downFrom(25, 16));
      expect(await historyLength(page)).toBe(before + 1);
      await page.getByRole('link', { name: 'Next' }).click();
      await expectTasks(page, downFrom(15, 6));
      expect(query(page)).toBe('?page=2&size=10');
      expect(await historyLength(page)).toBe(before + 2);
      await page.goBack();
      await expectTasks(page, downFrom(25, 16));
    }));

  it('4: an answer to an earlier term does not replace that of the later one, and its request is aborted', () =>
    withTasks(30, async (page, server) => {
      const failed: string[] = [];
      page.on('requestfailed', (request) => failed.push(new URL(request.url()).search));
      await page.goto(server.hdp);
      await expectTasks(page, downFrom(30, 11));
      const { promise: isLate, resolve: release } = Promise.withResolvers<void>();
      const { promise: isAnswered, resolve: answered } = Promise.withResolvers<void>();
      await page.route(/hdp_tasks_search=0000A$/, async (route) => {
        await isLate;
        // The browser may have given the request up.
        await route.continue().catch(() => {});
        answered();
      });
      const asked = page.waitForRequest(/hdp_tasks_search=0000A$/);
      await search(page).fill('0000A');
      await asked;
      await search(page).fill(ulid(9));
      await expectTasks(page, [9]);
      release();
      await isAnswered;
      await Promise.all([page.waitForResponse(/hdp_tasks_search=0/), refresh(page)]);
      await expectTasks(page, [9]);
      expect(failed[0]).toMatch(/hdp_tasks_search=0000A$/);
    }));

  it('11: a whole uuid with white space around it and Enter lead to its page, and Back to the list', () =>
    withTasks(3, async (page, server) => {
      await page.goto(server.hdp);
      await search(page).fill(` \t${ulid(2).toLowerCase()} `);
      await search(page).press('Enter');
      await page.waitForURL(`${server.hdp}/task/${ulid(2)}`);
      await page.goBack();
      await expectTasks(page, [3, 2, 1]);
    }));

  it('11: “nothing found” names the fields that are searched, after the answer only', () =>
    withTasks(3, async (page, server) => {
      await page.goto(server.hdp);
      await expectTasks(page, [3, 2, 1]);
      const { promise: isLate, resolve: release } = Promise.withResolvers<void>();
      await page.route(/hdp_tasks_search=zzz/, (route) => isLate.then(() => route.continue()));
      const asked = page.waitForRequest(/hdp_tasks_search=zzz/);
      await search(page).fill('  zzz ');
      await asked;
      expect(await page.getByText('Nothing found').count()).toBe(0);
      release();
      await page.getByText('No task has “zzz” in its uuid, program hash or program name.').waitFor();
      await page.getByRole('link', { name: 'Show all tasks' }).click();
      await expectTasks(page, [3, 2, 1]);
      expect(await search(page).inputValue()).toBe('');
    }));

  it('says that a term is too long instead of cutting it', () =>
    withTasks(1, async (page, server) => {
      await page.goto(server.hdp);
      await search(page).fill('a'.repeat(201));
      await search(page).press('Enter');
      await page.getByText('A search has at most 200 characters.').waitFor();
      expect(query(page)).toBe('');
    }));
});
