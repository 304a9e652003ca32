import type { Page } from 'playwright-core';

/** Answers the requests to a path with 200 and a text that is no data, until the page unroutes `**` and the path. */
export async function answerUnreadably(
  page: Page,
  path: string,
  body = '<html>Sign in to this network</html>',
): Promise<void> {
  await page.route(`**${path}`, (route) => route.fulfill({ status: 200, body }));
}
