/** Helpers for tests of the API reference. */
import type { Page } from 'playwright-core';

/** Opens all sections, and those in them. */
export async function openAll(page: Page): Promise<void> {
  for (let depth = 0; depth < 3; depth++)
    await page.evaluate(async () => {
      for (const details of document.querySelectorAll('details')) details.open = true;
      // The event `toggle` comes before the next frame but one.
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    });
}

/** Counts the documents that a page loads from now on. */
export function countDocuments(page: Page): () => number {
  const urls: string[] = [];
  page.on('request', (request) => void (request.isNavigationRequest() && urls.push(request.url())));
  return () => urls.length;
}
