/** The list of the HDP explorer: live rows, search, history and keys. The numbers are those of the requirements. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { ulid } from '../support/tasks.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { addTasks, downFrom, expectTasks } from './support/hdp-tasks.ts';
import { openWebServer, type WebServer } from './support/server.ts';

/** Opens a page of a server of its own that has the tasks 1 to `count`. */
async function withTasks(
  count: number,
  use: (page: Page, server: WebServer) => Promise<void>,
): Promise<void> {
  const server = await openWebServer();
  try {
    await addTasks(server, 1, count);
    await withPage((page) => use(page, server));
  } finally {
    await server.gateway.close();
  }
}

const focusedUuid = (page: Page) =>
  page.evaluate(() => document.activeElement?.getAttribute('data-uuid') ?? undefined);
const historyLength = (page: Page) => page.evaluate(() => history.length);
const query = (page: Page) => new URL(page.url()).search;
const search = (page: Page) => page.getByRole('searchbox');

describe.skipIf(!hasBrowser)('page 1 of the list', () => {
  it('1: a poll that brings a task leaves focus, place on the screen, scroll of the table and address', () =>
    withTasks(45, async (page, server) => {
      await page.setViewportSize({ width: 800, height: 500 });
      await page.goto(`${server.hdp}/?size=20`);
      await expectTasks(page, downFrom(45, 26));
      await page.locator(`a[data-uuid="${ulid(30)}"]`).focus();
      const place = () =>
        page.evaluate(() => ({
          top: document.activeElement?.getBoundingClientRect().top ?? 0,
          left: document.querySelector('.table')?.scrollLeft,
          href: location.href,
        }));
      await page.evaluate(() => document.querySelector('.table')?.scrollTo(60, 0));
      const before = await place();
      expect(before.left).toBe(60);
      await addTasks(server, 46, 46);
      await expectTasks(page, downFrom(46, 27));
      expect(await focusedUuid(page)).toBe(ulid(30));
      const after = await place();
      expect(after).toEqual({ ...before, top: after.top });
      // Less than the height of a row; heights of rows differ by parts of a pixel.
      expect(Math.abs(after.top - before.top)).toBeLessThan(2);
    }));

  it('1: keeps the focused row that a new task pushes off the page', () =>
    withTasks(12, async (page, server) => {
      await page.goto(`${server.hdp}/?size=10`);
      await expectTasks(page, downFrom(12, 3));
      await page.locator(`a[data-uuid="${ulid(3)}"]`).focus();
      await addTasks(server, 13, 13);
      await expectTasks(page, [...downFrom(13, 4), 3]);
      expect(await focusedUuid(page)).toBe(ulid(3));
    }));

  it('1: shows a changed status in its row', () =>
    withTasks(2, async (page, server) => {
      await page.goto(server.hdp);
      await expectTasks(page, [2, 1]);
      await addTasks(server, 1, 1, { status: 'TraceGenFailed' });
      await page.keyboard.press('r');
      await page
        .getByRole('row', { name: ulid(1) })
        .getByText('Trace gen failed')
        .waitFor();
    }));

  it('25: names a missing program on a phone, where rows have no headings', () =>
    withTasks(0, async (page, server) => {
      await addTasks(server, 1, 1, { programHash: null, programName: null });
      await page.setViewportSize({ width: 360, height: 640 });
      await page.goto(server.hdp);
      await page.locator('td.program').getByText('No program', { exact: true }).waitFor();
    }));

  it('24: a changed total is said once, and an answer without a change says nothing', () =>
    withTasks(2, async (page, server) => {
      await page.goto(server.hdp);
      await expectTasks(page, [2, 1]);
      await page.evaluate(() => {
        const said: string[] = [];
        Reflect.set(window, 'said', said);
        const texts = new Map<Element, string>();
        const listen = () => {
          for (const region of document.querySelectorAll('[role=status]')) {
            const text = region.textContent;
            if (text !== '' && text !== texts.get(region)) said.push(text);
            texts.set(region, text);
          }
        };
        new MutationObserver(listen).observe(document.body, {
          ...{ characterData: true, childList: true, subtree: true },
        });
      });
      const said = () => page.evaluate(() => Reflect.get(window, 'said'));
      const answered = () => page.waitForResponse((response) => response.url().includes('/tasks?'));
      await Promise.all([answered(), page.keyboard.press('r')]);
      expect(await said()).toEqual([]);
      await addTasks(server, 3, 3);
      await page.keyboard.press('r');
      await expectTasks(page, [3, 2, 1]);
      expect(await said()).toEqual(['3 tasks in total.']);
    }));
});

describe.skipIf(!hasBrowser)('13: page 2 of the list', () => {
  it('keeps its rows, says what arrived, and shows it on demand', () =>
    withTasks(12, async (page, server) => {
      await page.goto(`${server.hdp}/?size=5&page=2`);
      await expectTasks(page, downFrom(7, 3));
      await page.getByText('Page 2 of 3, 12 tasks').waitFor();
      await addTasks(server, 13, 14);
      await addTasks(server, 7, 7, { status: 'DryRunStarted' });
      await page.keyboard.press('r');
      await page.getByText('2 tasks arrived since this page was read.').waitFor();
      await page.getByText('Page 2 of 3, 14 tasks').waitFor();
      await expectTasks(page, downFrom(7, 3));
      await page
        .getByRole('row', { name: ulid(7) })
        .getByText('Dry run started')
        .waitFor();
      await page.getByRole('button', { name: 'Show the current rows' }).click();
      await expectTasks(page, downFrom(9, 5));
      expect(await page.getByText('arrived since').count()).toBe(0);
    }));

  it('says that a page past the end does not exist, and leads to the last one', () =>
    withTasks(12, async (page, server) => {
      await page.goto(`${server.hdp}/?size=5&page=9`);
      await page.getByText('There is no page 9').waitFor();
      await page.getByText('Page 9 is past the end: 3 in all, 12 tasks').waitFor();
      await page.getByRole('link', { name: 'page 3', exact: true }).click();
      await expectTasks(page, [2, 1]);
    }));
});

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

const refresh = (page: Page) => page.getByRole('button', { name: 'Refresh' }).click();

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
      await page.getByRole('button', { name: 'Retry' }).waitFor();
      expect(await page.locator('.freshness button').count()).toBe(0);
      await page.unroute(/hdp_tasks_search/);
      await page.getByRole('button', { name: 'Retry' }).click();
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
      await page.getByText(`Copied ${ulid(24)}`).waitFor({ state: 'attached' });
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
