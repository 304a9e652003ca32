import { describe, it } from 'vitest';
import { expectAccessible } from './support/accessible.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { useWebServer } from './support/server.ts';

describe.skipIf(!hasBrowser)('the frame of every page', () => {
  const server = useWebServer({ demo: true });

  it.each(['light', 'dark'] as const)('has no violation of WCAG 2.2 AA, %s', (colorScheme) =>
    withPage(
      async (page) => {
        for (const origin of [server().hdp, server().services]) {
          await page.goto(origin);
          await expectAccessible(page, 'Times are in');
        }
      },
      { colorScheme },
    ),
  );
});
