import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const OPTIONS = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  resultTypes: ['violations'],
};

/**
 * Expects no violation of WCAG 2.2 A and AA that axe-core finds. A page that failed to draw has none, so that the heading
 * and the texts are expected first.
 * @param texts shown on the page
 */
export async function expectAccessible(page: Page, ...texts: readonly string[]): Promise<void> {
  await page.locator('main h1').first().waitFor();
  for (const text of texts) await page.getByText(text).first().waitFor();
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate<AxeResults>(
    `axe.run(document, ${JSON.stringify(OPTIONS)})`,
  );
  expect(passes.length).toBeGreaterThan(5);
  expect(
    violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, any }) => `${id}: ${help}: ${html} ${any.map(({ message }) => message).join(' ')}`),
    ),
  ).toEqual([]);
}
