/** Requirements 22, 23 and 25 of the pages: the Services explorer at 360 and 1280 pixels, light and dark. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { expectAccessible } from './support/accessible.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { useWebServer } from './support/server.ts';
import { openAsAdmin } from './support/sign-in.ts';

/** Each width and each colour scheme once: layout depends on the one, contrast on the other. */
const LOOKS = [
  { viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
  { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
] as const;
const VIEWS = [
  ['/', 'Wallet ledger export for analytics warehouse'],
  ['/?action=nothing', 'Nothing matches'],
  ['/task/12345', 'Download'],
  ['/task/12297', 'The task has failed.'],
  ['/?view=create', 'The request'],
] as const;

/** Returns the visible links, fields and buttons that are smaller than 24 pixels, and those out of the window. */
const smallTargets = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('main a, main button, main input, main select, main summary')]
      .map((element) => ({
        element,
        // The label of a checkbox belongs to its target.
        box: (element.closest('label.check') ?? element).getBoundingClientRect(),
      }))
      .filter(({ box }) => box.width > 0)
      .filter(
        ({ element, box }) =>
          (box.height < 24 && !element.closest('p')) || box.right > innerWidth || box.left < 0,
      )
      .map(({ element, box }) => `${element.outerHTML.slice(0, 120)} ${box.width} × ${box.height}`),
  );

describe.skipIf(!hasBrowser)('the looks of the Services explorer', () => {
  const server = useWebServer({ demo: true, runTasks: false });

  it.each(LOOKS)('22, 25: every view is accessible and fits, $colorScheme', ({ viewport, colorScheme }) =>
    withPage(
      async (page) => {
        await page.goto(server().services);
        await expectAccessible(page, 'Sign in with');
        for (const [path, text] of VIEWS) {
          await openAsAdmin(page, server().services + path);
          if (path === '/?view=create') {
            await page.getByLabel('Only rows of people').check();
            // With two rules, each can be removed.
            await page.getByRole('button', { name: 'Add a rule' }).click();
          }
          await expectAccessible(page, text);
          const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          expect(excess, path).toBeLessThanOrEqual(0);
          if (viewport.width === 360) expect(await smallTargets(page), path).toEqual([]);
        }
      },
      { viewport, colorScheme },
    ),
  );
});
