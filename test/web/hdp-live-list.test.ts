/** The live rows of the HDP list. The numbers are those of the requirements. */
import { describe, expect, it } from 'vitest';
import { ulid } from '../support/tasks.ts';
import { hasBrowser } from './support/browser.ts';
import { addTasks, downFrom, expectTasks, focusedUuid, withTasks } from './support/hdp-tasks.ts';

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
