/** The form of a new export keeps what was typed while the reader looks at other views of the session. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser, withPage } from './support/browser.ts';
import { delayNext } from './support/delay.ts';
import { useWebServer } from './support/server.ts';
import { DEMO_TOKEN, enterToken, openAsAdmin, openWithToken } from './support/sign-in.ts';

async function show(page: Page, link: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: link }).click();
}

const description = (page: Page) => page.getByLabel('Description');

describe.skipIf(!hasBrowser)('the form of a new export, left and shown again', () => {
  const server = useWebServer({ demo: true, runTasks: false });

  it('keeps what was typed, and tells its rules apart', () =>
    withPage(async (page) => {
      await openWithToken(page, `${server().services}/?view=create`);
      await description(page).fill('Half done');
      await page.getByLabel('Only rows of people').check();
      await page.getByLabel('Column', { exact: true }).fill('city');
      await show(page, 'Tasks');
      await page.getByRole('heading', { name: 'Tasks of chain' }).waitFor();
      await show(page, 'New export');
      expect(await description(page).inputValue()).toBe('Half done');
      await page.getByRole('button', { name: 'Add a rule' }).click();
      await page.getByRole('group', { name: 'Rule 2' }).getByLabel('Column').fill('points');
      expect(await page.getByRole('group', { name: 'Rule 1' }).getByLabel('Column').inputValue()).toBe(
        'city',
      );
    }));

  it('is empty after a sign-out', () =>
    withPage(async (page) => {
      await openWithToken(page, `${server().services}/?view=create`);
      await description(page).fill('Secret plan');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await enterToken(page, DEMO_TOKEN);
      await description(page).waitFor();
      expect(await description(page).inputValue()).toBe('');
    }));

  it('is empty after another chain was chosen', () =>
    withPage(async (page) => {
      await openAsAdmin(page, `${server().services}/?view=create`);
      await description(page).fill('For chain 1764');
      for (const chain of ['1743', '1764']) {
        await page.getByRole('combobox', { name: 'Chain', exact: true }).selectOption(chain);
        await page.getByRole('heading', { name: `Tasks of chain ${chain}` }).waitFor();
      }
      await show(page, 'New export');
      expect(await description(page).inputValue()).toBe('');
    }));

  it('sends the same request again if it was left before the answer, and is empty after that', () =>
    withPage(async (page) => {
      await openWithToken(page, `${server().services}/?view=create`);
      await description(page).fill('Created while away');
      const late = await delayNext(page, '/tasks');
      await page.getByRole('button', { name: 'Create the export' }).click();
      await late.answered();
      await show(page, 'Tasks');
      await late.release();
      await show(page, 'New export');
      await page.getByRole('button', { name: 'Create the export' }).click();
      await page.waitForURL(/\/task\/\d+$/);
      const filter = { status: undefined, action: undefined, campaign: undefined };
      const range = { limit: 1000, offset: 0 };
      const { rows } = await server().gateway.store.servicesTasks.list(1764, filter, range);
      expect(rows.filter((row) => row.description === 'Created while away')).toHaveLength(1);
      await show(page, 'New export');
      expect(await description(page).inputValue()).toBe('');
    }));
});
