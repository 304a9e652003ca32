/** Requirement 29: no frame has the background of the other theme. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser, withPage } from './support/browser.ts';
import { colourAt, decodePng } from './support/pixels.ts';
import { useWebServer } from './support/server.ts';
import { chooseSetting } from './support/settings.ts';

const GROUNDS = { light: 'rgb(255, 255, 255)', dark: 'rgb(20, 23, 28)' };
const SCHEMES = ['light', 'dark'] as const;

/** Records the background of each frame of the documents that the page loads. */
function recordFrames(page: Page): Promise<unknown> {
  return page.addInitScript(() => {
    const frames: string[] = [];
    Reflect.set(window, 'frames_', frames);
    const record = () => {
      const root = document.documentElement;
      if (root) frames.push(getComputedStyle(root).backgroundColor);
      requestAnimationFrame(record);
    };
    requestAnimationFrame(record);
  });
}

const frames = (page: Page) => page.evaluate<string[]>('frames_');
const ground = (page: Page) =>
  page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);

/** Returns the colours of the left and the right edge of the page. */
async function edges(page: Page): Promise<string[]> {
  const pixels = await decodePng(page, await page.screenshot());
  return [colourAt(pixels, 2, 400), colourAt(pixels, pixels.width - 2, 400)];
}

describe.skipIf(!hasBrowser)('the theme (29)', () => {
  const server = useWebServer({ demo: true });

  it.each(SCHEMES.flatMap((system) => [null, ...SCHEMES].map((stored) => ({ system, stored }))))(
    'of the system $system and stored $stored holds in each frame',
    ({ system, stored }) =>
      withPage(
        async (page) => {
          const expected = GROUNDS[stored ?? system];
          await page.goto(`${server().hdp}/openapi.json`);
          if (stored) await page.evaluate((theme) => localStorage.setItem('theme', theme), stored);
          await recordFrames(page);
          // The page is seen while its script is on the way.
          let release = () => {};
          const released = new Promise<void>((resolve) => {
            release = resolve;
          });
          await page.route('**/ui/hdp-*.js', (route) => released.then(() => route.continue()));
          await page.goto(server().hdp, { waitUntil: 'commit' });
          await expect.poll(async () => (await frames(page)).length).toBeGreaterThan(2);
          expect(await edges(page)).toEqual([expected, expected]);
          release();
          await page.locator('tbody tr').first().waitFor();
          expect(new Set(await frames(page))).toEqual(new Set([expected]));
          expect(await edges(page)).toEqual([expected, expected]);
        },
        { colorScheme: system },
      ),
  );

  it('changes at once, is kept by a reload, and reaches other tabs', () =>
    withPage(async (page) => {
      await page.goto(server().hdp);
      const other = await page.context().newPage();
      await other.goto(server().hdp);
      await chooseSetting(page, 'Theme', 'Dark');
      await expect.poll(() => ground(page)).toBe(GROUNDS.dark);
      await expect.poll(() => ground(other)).toBe(GROUNDS.dark);
      await page.reload();
      expect(await ground(page)).toBe(GROUNDS.dark);
      await chooseSetting(page, 'Theme', 'As the system');
      expect(await ground(page)).toBe(GROUNDS.light);
      expect(await page.evaluate(() => localStorage.length)).toBe(0);
    }));

  it('can be chosen where storage is blocked', () =>
    withPage(async (page) => {
      await page.addInitScript(() => {
        const blocked = {
          get: () => {
            throw new DOMException('blocked', 'SecurityError');
          },
        };
        Object.defineProperty(window, 'localStorage', blocked);
        Object.defineProperty(window, 'sessionStorage', blocked);
      });
      await page.goto(server().hdp);
      await page.locator('tbody tr').first().waitFor();
      await chooseSetting(page, 'Theme', 'Dark');
      expect(await ground(page)).toBe(GROUNDS.dark);
      await chooseSetting(page, 'Time zone', 'UTC');
      await page.getByText('Times are in UTC.').waitFor();
    }));
});
