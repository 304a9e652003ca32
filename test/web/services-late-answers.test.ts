/** Requirement 16 of the pages: an answer that arrives after the reader did something else has no effect. */
import { describe, expect, it } from 'vitest';
import { hasBrowser, withPage } from './support/browser.ts';
import { delayNext } from './support/delay.ts';
import { useWebServer } from './support/server.ts';
import { openAsAdmin } from './support/sign-in.ts';

describe.skipIf(!hasBrowser)('a late answer of the Services explorer', () => {
  const server = useWebServer({ demo: true, runTasks: false });

  it('16: does not undo a sign-out', () =>
    withPage(async (page) => {
      await openAsAdmin(page, server().services);
      const late = await delayNext(page, '/session');
      await page.getByLabel('Chain').selectOption('1743');
      await late.answered();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await late.release();
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Sign in');
      expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
    }));

  it('16: does not undo a newer choice of a chain', () =>
    withPage(async (page) => {
      await openAsAdmin(page, server().services);
      const late = await delayNext(page, '/session');
      await page.getByLabel('Chain').selectOption('1743');
      await late.answered();
      const newer = page.waitForResponse('**/session');
      await page.getByLabel('Chain').selectOption('1764');
      await newer;
      await late.release();
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Tasks of chain 1764');
      expect(await page.getByLabel('Chain').inputValue()).toBe('1764');
    }));
});
