/** What a page sends, and what it keeps. */
import type { Page, Request } from 'playwright-core';
import { expect } from 'vitest';

/** Collects the POST requests of a page. */
export function collectPosts(page: Page): Request[] {
  const posts: Request[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') posts.push(request);
  });
  return posts;
}

/** Expects the text in no storage, in no address and in no markup of the page. */
export async function expectNowhere(page: Page, secret: string): Promise<void> {
  const kept = await page.evaluate(async () => [
    ...Object.entries({ ...localStorage, ...sessionStorage }).flat(),
    ...(await indexedDB.databases()).map(({ name }) => String(name)),
    ...(await caches.keys()),
    ...[document.cookie, location.href, document.documentElement.outerHTML, JSON.stringify(history.state)],
  ]);
  expect(kept.join('\n')).not.toContain(secret);
}
