/** The API reference of the Services host sends its requests with the session of the explorer. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser, withPage } from './support/browser.ts';
import { useWebServer } from './support/server.ts';
import { openAsAdmin, openWithToken } from './support/sign-in.ts';

/** Opens the form of `GET /tasks`. */
async function openReference(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'API reference' }).click();
  await operation(page).locator('details.try > summary').click();
}

const operation = (page: Page) => page.locator('#listTasks');

/** Sends the request. @returns the status of the response */
async function send(page: Page): Promise<number> {
  const response = page.waitForResponse((received) => new URL(received.url()).pathname === '/tasks');
  await operation(page).getByRole('button', { name: 'Send' }).click();
  return (await response).status();
}

describe.skipIf(!hasBrowser)('the API reference of a reader who has signed in', () => {
  const server = useWebServer({ demo: true, runTasks: false });

  it.each([
    ['token', openWithToken, 'demo-secret-of-chain-1764'],
    ['admin session', openAsAdmin, 'demo-key-of-user-501'],
  ] as const)('16: sends the %s, and no field holds it', (_, open, secret) =>
    withPage(async (page) => {
      await open(page, server().services);
      await openReference(page);
      await page.getByText('use the session that you are signed in with').waitFor();
      expect(await send(page)).toBe(200);
      const fields = await page
        .locator('input')
        .evaluateAll((all) => all.map((one) => Reflect.get(one, 'value')));
      expect(`${fields}${await page.content()}`).not.toContain(secret);
    }),
  );

  it('sends what is typed instead of the session', () =>
    withPage(async (page) => {
      await openWithToken(page, server().services);
      await openReference(page);
      await page.getByLabel('Value of privileged').fill('demo:wrong');
      expect(await send(page)).toBe(401);
    }));

  it('16: sends nothing of the session after a sign-out', () =>
    withPage(async (page) => {
      await openWithToken(page, server().services);
      await openReference(page);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await operation(page).locator('details.try > summary').click();
      await operation(page).getByText('the server refuses this request').waitFor();
      expect(await send(page)).toBe(401);
    }));
});
