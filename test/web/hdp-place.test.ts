/** The place of the reader: scroll and focus after Back, after a reload, and when the focused element disappears. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { ulid } from '../support/tasks.ts';
import { hasBrowser } from './support/browser.ts';
import { addTasks, downFrom, expectTasks, focusedUuid, withTasks } from './support/hdp-tasks.ts';

const scrollTop = (page: Page) => page.evaluate(() => Math.round(scrollY));
const focusedId = (page: Page) => page.evaluate(() => document.activeElement?.id);

describe.skipIf(!hasBrowser)('2, 3: the place in a list', () => {
  it('is the same after Back, Forward and a reload', () =>
    withTasks(60, async (page, server) => {
      await page.setViewportSize({ width: 800, height: 500 });
      await page.goto(`${server.hdp}/?size=50`);
      await expectTasks(page, downFrom(60, 11));
      const link = page.locator(`a[data-uuid="${ulid(30)}"]`);
      await link.scrollIntoViewIfNeeded();
      const top = await scrollTop(page);
      expect(top).toBeGreaterThan(300);
      await link.click();
      await page.getByRole('heading', { name: 'Progress' }).waitFor();
      expect(await scrollTop(page)).toBe(0);
      for (const [leave, back] of [
        [undefined, () => page.goBack()],
        [() => page.goForward(), () => page.goBack()],
        [undefined, () => page.reload()],
      ] as const) {
        await leave?.();
        if (leave) await page.getByRole('heading', { name: 'Progress' }).waitFor();
        await back();
        await expectTasks(page, downFrom(60, 11));
        await expect.poll(() => focusedUuid(page)).toBe(ulid(30));
        expect(Math.abs((await scrollTop(page)) - top)).toBeLessThan(3);
      }
    }));

  it('is left to the reader who scrolls before the rows have loaded', () =>
    withTasks(60, async (page, server) => {
      await page.setViewportSize({ width: 800, height: 500 });
      await page.goto(`${server.hdp}/?size=50`);
      await expectTasks(page, downFrom(60, 11));
      await page.locator(`a[data-uuid="${ulid(30)}"]`).click();
      await page.getByRole('heading', { name: 'Progress' }).waitFor();
      const { promise: isLate, resolve: release } = Promise.withResolvers<void>();
      await page.route(/\/tasks\?.*per_page=50/, (route) => isLate.then(() => route.continue()));
      await page.goBack();
      await page.getByText('Loading the tasks…').waitFor({ state: 'attached' });
      await page.keyboard.press('ArrowDown');
      release();
      await expectTasks(page, downFrom(60, 11));
      expect(await scrollTop(page)).toBeLessThan(100);
    }));
});

describe.skipIf(!hasBrowser)('23: the focus of an element that disappears', () => {
  it('moves to the content, and not when the reader has left the element', () =>
    withTasks(12, async (page, server) => {
      await page.goto(`${server.hdp}/?size=5`);
      await expectTasks(page, downFrom(12, 8));
      await page.keyboard.press('j');
      await page.keyboard.press(']');
      await expectTasks(page, downFrom(7, 3));
      await expect.poll(() => focusedId(page)).toBe('content');
      await page.keyboard.press('j');
      expect(await focusedUuid(page)).toBe(ulid(7));
      await page.evaluate(() => (document.activeElement as HTMLElement).blur());
      await page.keyboard.press('[');
      await expectTasks(page, downFrom(12, 8));
      expect(await focusedId(page)).toBe('');
    }));

  it('moves between the form of a retry and its button', () =>
    withTasks(0, async (page, server) => {
      await addTasks(server, 1, 1, { status: 'DryRunFailed' });
      await page.goto(`${server.hdp}/task/${ulid(1)}`);
      await page.getByRole('button', { name: 'Retry this task…' }).click();
      await expect.poll(() => focusedId(page)).toBe('api-key');
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.locator(':focus', { hasText: 'Retry this task…' }).waitFor();
    }));
});
