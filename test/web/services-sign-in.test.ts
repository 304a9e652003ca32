/** Requirements 15 to 17 of the pages on the Services host: signing in and out, and what is left of a secret. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser, withPage } from './support/browser.ts';
import { useWebServer } from './support/server.ts';
import { DEMO_TOKEN, enterAdminSession, enterToken, openAsAdmin, openWithToken } from './support/sign-in.ts';

const SECRET = 'demo-secret-of-chain-1764';

/** Returns everything that the page, its storages and its history keep. */
async function keptTexts(page: Page): Promise<string> {
  const kept = await page.evaluate(async () => {
    const fields = [...document.querySelectorAll('input, textarea')].map((field) =>
      Reflect.get(field, 'value'),
    );
    const databases = (await indexedDB.databases()).map(({ name }) => name);
    const caches = await globalThis.caches.keys();
    return {
      ...{ html: document.documentElement.outerHTML, fields, databases, caches, href: location.href },
      ...{ local: { ...localStorage }, session: { ...sessionStorage }, cookie: document.cookie },
      state: history.state,
    };
  });
  return JSON.stringify([kept, await page.context().cookies()]);
}

describe.skipIf(!hasBrowser)('signing in to the Services explorer', () => {
  const server = useWebServer({ demo: true, runTasks: false });

  it('16, 17: leaves the secret in no storage, cookie, address, field, page or cached answer', () =>
    withPage(async (page) => {
      const urls: string[] = [];
      page.on('request', (request) => urls.push(request.url()));
      await openWithToken(page, server().services);
      await page.getByText('Wallet ledger export for analytics warehouse').waitFor();
      await page.goto(`${server().services}/#`);
      const kept = await keptTexts(page);
      expect(kept).toContain('Wallet ledger export');
      expect(kept).not.toContain(SECRET);
      expect(urls.join(' ')).not.toContain(SECRET);
      const session = await page.context().newCDPSession(page);
      const { frameTree } = await session.send('Page.getResourceTree');
      expect(JSON.stringify(frameTree)).not.toContain('/tasks?');
      // Nothing that was answered for the chain comes out of the cache of the browser.
      const cached = await page.evaluate(() =>
        fetch('/tasks?limit=20&offset=0', { cache: 'only-if-cached', mode: 'same-origin' }).then(
          ({ status }) => status,
          () => 'nothing',
        ),
      );
      expect([504, 'nothing']).toContain(cached);
    }));

  it('16: forgets the secret with a reload', () =>
    withPage(async (page) => {
      await openWithToken(page, server().services);
      await page.reload();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    }));

  it('says at the form that the server does not accept a token, and keeps the address', () =>
    withPage(async (page) => {
      const address = `${server().services}/?status=DONE&page=2`;
      await page.goto(address);
      await enterToken(page, 'demo:wrong');
      await page.getByRole('alert').getByText('Check that it is whole, as ID:SECRET').waitFor();
      expect(page.url()).toBe(address);
      await enterToken(page, DEMO_TOKEN);
      await page.getByRole('heading', { name: 'Tasks of chain 1764' }).waitFor();
      expect(page.url()).toBe(address);
    }));

  it('says what to check in an admin session that the server does not accept', () =>
    withPage(async (page) => {
      await page.goto(server().services);
      await enterAdminSession(page, { key: 'wrong' });
      await page.getByRole('alert').getByText('Check the user id and the session key').waitFor();
    }));

  it('says at the form that an admin has no access to a chain', () =>
    withPage(async (page) => {
      await page.goto(server().services);
      await enterAdminSession(page, { user: 502 });
      await page.getByRole('alert').getByText('User 502 has no READ access to chain 1764').waitFor();
    }));

  it('16: signing out takes one click and leaves no row', () =>
    withPage(async (page) => {
      await openWithToken(page, server().services);
      await page.getByText('Wallet ledger export for analytics warehouse').waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      expect(await page.content()).not.toMatch(/Wallet ledger|12345|1764/);
    }));

  it('16: another chain of an admin session shows its tasks, and no row of the former one', () =>
    withPage(async (page) => {
      await openAsAdmin(page, `${server().services}/task/12345`);
      await page.getByText('Wallet ledger export for analytics warehouse').waitFor();
      const chains = page.getByRole('combobox', { name: 'Chain', exact: true });
      expect(await chains.locator('option').allTextContents()).toEqual(['1743 (READ)', '1764 (WRITE)']);
      const answered = page.waitForResponse((response) => response.url().includes('/tasks?'));
      await chains.selectOption('1743');
      await page.getByRole('heading', { name: 'Tasks of chain 1743' }).waitFor();
      await answered;
      await page.locator('main tbody tr').first().waitFor();
      expect(new URL(page.url()).pathname).toBe('/');
      expect(await page.content()).not.toMatch(/Wallet ledger export for analytics|12345/);
    }));

  it('a session with READ shows no button that writes, and says why', () =>
    withPage(async (page) => {
      await openAsAdmin(page, server().services, { chain: 1743 });
      await page.getByText('Your access level is READ, so you cannot create or execute tasks.').waitFor();
      expect(await page.locator('main').getByRole('link', { name: 'New export' }).count()).toBe(0);
      await page.locator('main tbody a').first().click();
      await page.getByText('Your access level is READ, so you cannot execute this task.').waitFor();
      expect(await page.getByRole('button', { name: /Execute/ }).count()).toBe(0);
      await page.getByRole('link', { name: 'New export' }).click();
      await page.getByText('you need the access level WRITE').waitFor();
      expect(await page.getByRole('button', { name: /Create/ }).count()).toBe(0);
    }));
});
