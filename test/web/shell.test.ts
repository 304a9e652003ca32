/** Requirements 8, 23 and 25: the frame of every page, at 1280 and 360 px. */
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { expectAccessible } from './support/accessible.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { textContrast } from './support/contrast.ts';
import { useWebServer } from './support/server.ts';
import { smallTargets } from './support/targets.ts';

const NARROW = { viewport: { width: 360, height: 740 } };

/** Moves the focus through the page. Returns what has the focus without showing it. */
async function hiddenFocus(page: Page, steps: number): Promise<string[]> {
  const hidden: string[] = [];
  for (let step = 0; step < steps; step++) {
    await page.keyboard.press('Tab');
    const problem = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return undefined;
      const { left, top, width, height } = element.getBoundingClientRect();
      const shown = document.elementFromPoint(left + width / 2, top + height / 2);
      const isShown = shown !== null && (element.contains(shown) || shown.contains(element));
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const hasOutline = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
      return isShown && hasOutline
        ? undefined
        : `${isShown} ${hasOutline} ${element.outerHTML.slice(0, 100)}`;
    });
    if (problem !== undefined) hidden.push(problem);
  }
  return hidden;
}

describe.skipIf(!hasBrowser)('the frame of every page', () => {
  const server = useWebServer({ demo: true });

  it.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 360],
    ['dark', 360],
  ] as const)('has no violation of WCAG 2.2 AA, %s, %i px', (colorScheme, width) =>
    withPage(
      async (page) => {
        for (const origin of [server().hdp, server().services]) {
          await page.goto(origin);
          await expectAccessible(page, 'Times are in');
        }
        await page.getByRole('button', { name: 'Help' }).click();
        await expectAccessible(page, 'Keyboard');
        await page.keyboard.press('Escape');
        await page.getByRole('button', { name: 'Settings' }).click();
        await page.getByLabel('Time zone').waitFor();
        await expectAccessible(page, 'Theme');
      },
      { colorScheme, viewport: { width, height: 740 } },
    ),
  );

  it.each(['light', 'dark'] as const)(
    'keeps the label of each button readable under the pointer, %s',
    (colorScheme) =>
      withPage(
        async (page) => {
          const faint: string[] = [];
          const check = async (button: Locator, state: string) => {
            if ((await textContrast(button)) < 4.5) faint.push(`${state} ${await button.textContent()}`);
          };
          const { hdp, services } = server();
          for (const [address, part] of [
            [`${hdp}/docs`, '#isAlive'],
            [`${hdp}/?view=create`, 'main'],
            [`${services}/`, 'main'],
          ]) {
            await page.goto(`${address}`);
            const tried = page.locator(`${part} details.try`);
            await page.locator(`${part} button`).first().waitFor({ state: 'attached' });
            if ((await tried.count()) > 0) await tried.locator('summary').first().click();
            for (const button of await page.locator(`header button, ${part} button`).all()) {
              if (!(await button.isVisible())) continue;
              await button.hover();
              await check(button, 'hovered');
              await button.evaluate((element: HTMLButtonElement) => element.setAttribute('disabled', ''));
              await check(button, 'disabled');
            }
          }
          expect(faint).toEqual([]);
        },
        { colorScheme },
      ),
  );

  it('says in the help what the key / does on this host', () =>
    withPage(async (page) => {
      for (const [origin, words] of [
        [server().hdp, 'Go to the search field'],
        [server().services, 'Go to the first filter'],
      ] as const) {
        await page.goto(origin);
        await page.getByRole('button', { name: 'Help' }).click();
        expect(await page.locator('.keys tbody tr').first().textContent()).toBe(`/${words}`);
      }
    }));

  it('is no wider than a window of 360 px, and each target has 24 px (25)', () =>
    withPage(async (page) => {
      for (const path of ['/', '/docs', '/task/01JPJ03YJT1A93D6NF56G4GVEQ']) {
        for (const origin of [server().hdp, server().services]) {
          await page.goto(origin + path);
          await page.locator('main h1').first().waitFor();
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
          expect(await smallTargets(page)).toEqual([]);
        }
      }
    }, NARROW));

  it('shows the settings within a window of 360 px', () =>
    withPage(async (page) => {
      await page.goto(server().hdp);
      await page.getByRole('button', { name: 'Settings' }).click();
      const box = await page.locator('#settings').boundingBox();
      expect(box?.x).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(360);
      expect(await smallTargets(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.locator('#settings').waitFor({ state: 'hidden' });
    }, NARROW));

  it.each([1280, 360])('shows each focus, and covers none, at %i px (23)', (width) =>
    withPage(
      async (page) => {
        await page.goto(`${server().hdp}/?size=10`);
        await page.locator('.table tbody tr').first().waitFor();
        expect(await hiddenFocus(page, 36)).toEqual([]);
      },
      { viewport: { width, height: 500 } },
    ),
  );

  it('has a link that skips to the content', () =>
    withPage(async (page) => {
      await page.goto(server().hdp);
      await page.locator('.table tbody tr').first().waitFor();
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('content');
    }));

  it('moves nothing for people who prefer reduced motion', () =>
    withPage(
      async (page) => {
        await page.goto(server().hdp);
        await page.locator('.table tbody tr').first().waitFor();
        expect(
          await page.evaluate(() =>
            [...document.querySelectorAll('*')].some(
              (element) => Number.parseFloat(getComputedStyle(element).transitionDuration) > 0,
            ),
          ),
        ).toBe(false);
        expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
      },
      { reducedMotion: 'reduce' },
    ));
});
