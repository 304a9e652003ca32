/** Signing in to the Services explorer with the credentials of the demo data. */
import type { Locator, Page } from 'playwright-core';

export const DEMO_TOKEN = 'demo:demo-secret-of-chain-1764';

/** Opens a page of the Services explorer and signs in with a token. */
export async function openWithToken(page: Page, url: string, token = DEMO_TOKEN): Promise<void> {
  await page.goto(url);
  await enterToken(page, token);
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** Fills in the form that asks for a token, on the page or over it, and sends it. */
export async function enterToken(page: Page, token: string): Promise<void> {
  await page.locator('input[name=token]').fill(token);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Clicks a button twice before the page is drawn again. */
export async function clickTwice(button: Locator): Promise<void> {
  await button.evaluate((element: HTMLElement) => {
    element.click();
    element.click();
  });
}

interface AdminSession {
  user?: number;
  chain?: number;
  key?: string;
}

/** Opens a page of the Services explorer and signs in with an admin session. */
export async function openAsAdmin(page: Page, url: string, session: AdminSession = {}): Promise<void> {
  await page.goto(url);
  await enterAdminSession(page, session);
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** Fills in the form that asks for an admin session, and sends it. */
export async function enterAdminSession(
  page: Page,
  { user = 501, chain = 1764, key = `demo-key-of-user-${user}` }: AdminSession,
): Promise<void> {
  await page.getByLabel('Admin session').check();
  await page.getByLabel('User id').fill(String(user));
  await page.getByLabel('Session key').fill(key);
  await page.getByLabel('Chain id').fill(String(chain));
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}
