/** All views of the HDP explorer: accessibility, both themes, and a small screen. The numbers are those of the requirements. */
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectAccessible } from './support/accessible.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { addTasks, COMPLETED, createActor } from './support/hdp-tasks.ts';
import { useWebServer } from './support/server.ts';
import { smallTargets } from './support/targets.ts';

describe.skipIf(!hasBrowser)('each view', () => {
  const server = useWebServer({ demo: true });
  /** Addresses, and a text that a view has when it is drawn. */
  const views: (readonly [path: string, text: string])[] = [];
  beforeAll(async () => {
    await addTasks(server(), 1, 3);
    const { create } = await createActor(server());
    const failure = { to_status: 'DryRunFailed', error_message: `word ${'long'.repeat(200)}` };
    const done = await create(COMPLETED);
    const failed = await create([COMPLETED[0] ?? {}, failure]);
    const running = await create(COMPLETED.slice(0, 7));
    views.push(
      ...([
        ['/', 'of 5, '],
        ['/?page=2&size=5', 'Page 2 of'],
        ['/?search=nothing-has-this', 'Nothing found'],
        ['/?page=99', 'There is no page 99'],
        ['/?view=create', 'The same with curl'],
        ['/?view=figures', 'Tasks by status'],
        [`/task/${done}`, 'Output preimage (2)'],
        [`/task/${failed}`, 'longlong'],
        [`/task/${running}`, 'Not started'],
        ['/tsk/1', 'There is no page at this address'],
        ['/task/none', 'This is not the uuid of a task'],
      ] as const),
    );
  });
  const forEachView = async (page: Page, use: (path: string, text: string) => Promise<void>) => {
    for (const [path, text] of views) {
      await page.goto(server().hdp + path);
      await page.getByText(text).first().waitFor();
      await use(path, text);
    }
  };

  it.each([
    ['light', 1280],
    ['dark', 360],
  ] as const)('has no violation of WCAG 2.2 AA, %s, %i pixels wide', (colorScheme, width) =>
    withPage((page) => forEachView(page, (_, text) => expectAccessible(page, text)), {
      ...{ colorScheme, viewport: { width, height: 800 } },
    }),
  );

  it('25: at 360 pixels is no wider than the window, and its targets have 24 pixels', () =>
    withPage(
      (page) =>
        forEachView(page, async (path) => {
          const excess = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          const small = await smallTargets(page);
          expect({ path, excess, small }).toEqual({ path, excess: 0, small: [] });
        }),
      { viewport: { width: 360, height: 640 } },
    ));

  it('10, 25: no copy button leaves the line of its value', () =>
    withPage(
      (page) =>
        forEachView(page, async (path) => {
          const wrapped = await page.locator('.copied').evaluateAll((all) =>
            all
              .filter((copied) => {
                const [value, button] = [...copied.children].map((child) => child.getBoundingClientRect());
                return value && button && (button.top > value.top + 12 || button.left < value.right - 1);
              })
              .map(({ outerHTML }) => outerHTML.slice(0, 100)),
          );
          expect({ path, wrapped }).toEqual({ path, wrapped: [] });
        }),
      { viewport: { width: 360, height: 640 } },
    ));

  it('9: shows absolute times with seconds in the zone of the reader', () =>
    withPage(
      async (page) => {
        await forEachView(page, async () => {
          const texts = await page.locator('main time').allTextContents();
          for (const text of texts) expect(text).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
        });
        await page.getByText(/^Times are in Asia\/(Kolkata|Calcutta)/).waitFor();
      },
      { timezoneId: 'Asia/Kolkata' },
    ));
});
