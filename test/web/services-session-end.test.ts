/** Requirement 15 of the pages: a session that ends during use. */
import { describe, expect, it } from 'vitest';
import { hashSecret } from '../../src/http/secrets.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { delayNext } from './support/delay.ts';
import { withDemoServer } from './support/demo-server.ts';
import type { WebServer } from './support/server.ts';
import { enterToken, openAsAdmin, openWithToken } from './support/sign-in.ts';

async function addToken({ gateway }: WebServer, id: string): Promise<string> {
  const secretHash = hashSecret(`secret-of-${id}`);
  const times = { createdAt: 0, expiresAt: null };
  await gateway.store.access.addToken({ id, secretHash, chain: 1764, label: '', ...times });
  return `${id}:secret-of-${id}`;
}

describe.skipIf(!hasBrowser)('a session that ends during use', () => {
  it('15: stops the polls, asks to sign in over the page, and then all is as before', () =>
    withDemoServer((server) =>
      withPage(async (page) => {
        const { access } = server.gateway.store;
        await page.clock.install();
        await openWithToken(page, `${server.services}/?view=list`, await addToken(server, 'one'));
        await page.getByText('Wallet ledger export for analytics warehouse').waitFor();
        await page.getByLabel('Campaign').fill('12');
        await page.evaluate(() => scrollTo(0, 300));
        const address = page.url();

        await access.revokeToken('one', Date.now());
        await page.clock.fastForward(6000);
        await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
        let requests = 0;
        page.on('request', () => {
          requests += 1;
        });
        expect(await page.locator('main tbody tr').count()).toBe(20);
        await page.clock.fastForward(120_000);
        expect(requests).toBe(0);

        const answered = page.waitForResponse((response) => response.url().includes('/tasks?'));
        await enterToken(page, await addToken(server, 'two'));
        expect((await answered).status()).toBeLessThan(400);
        await page.getByRole('dialog').waitFor({ state: 'hidden' });
        expect(page.url()).toBe(address);
        await page.clock.fastForward(6000);
        await page.getByText('Live', { exact: true }).waitFor();
        expect(await page.evaluate(() => scrollY)).toBe(300);
        expect(await page.getByLabel('Campaign').inputValue()).toBe('12');
        expect(await page.locator('main tbody tr').count()).toBe(20);
      }),
    ));

  it('15: keeps what was typed into a form whose request was refused', () =>
    withDemoServer((server) =>
      withPage(async (page) => {
        await openWithToken(page, `${server.services}/?view=create`, await addToken(server, 'one'));
        await page.getByLabel('Description').fill('Typed before');
        await server.gateway.store.access.revokeToken('one', Date.now());
        await page.getByRole('button', { name: 'Create the export' }).click();
        await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
        await enterToken(page, await addToken(server, 'two'));
        await page.getByRole('dialog').waitFor({ state: 'hidden' });
        expect(await page.getByLabel('Description').inputValue()).toBe('Typed before');
        await page.getByRole('button', { name: 'Create the export' }).click();
        await page.waitForURL(/\/task\/\d+$/);
        await page.locator('.desc').getByText('Typed before').waitFor();
      }),
    ));

  it('15, 16: shows no row of the former chain after another one signs in', () =>
    withDemoServer((server) =>
      withPage(async (page) => {
        await openWithToken(page, server.services, await addToken(server, 'one'));
        await page.getByText('Wallet ledger export for analytics warehouse').waitFor();
        await server.gateway.store.access.revokeToken('one', Date.now());
        await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
        // The tasks of the other chain never arrive.
        await page.route('**/tasks?*', () => undefined);
        await enterToken(page, 'demo-9:demo-secret-of-chain-9');
        await page.getByRole('heading', { name: 'Tasks of chain 9' }).waitFor();
        expect(await page.locator('main tbody tr').count()).toBe(0);
        expect(await page.content()).not.toContain('Wallet ledger export');
      }),
    ));

  it('15: a revoked grant is no reason to sign in', () =>
    withDemoServer((server) =>
      withPage(async (page) => {
        await openAsAdmin(page, server.services);
        await page.locator('main tbody tr').first().waitFor();
        await server.gateway.store.access.revokeGrant(501, 1764);
        await page.getByText('User 501 has no READ access to chain 1764').first().waitFor();
        expect(await page.getByRole('dialog').count()).toBe(0);
        await page.getByRole('link', { name: '12345' }).click();
        await page.getByRole('heading', { name: 'No access to chain 1764' }).waitFor();
        expect(await page.getByRole('dialog').count()).toBe(0);
      }),
    ));

  it('15: a late answer to the former credentials does not end the new session', () =>
    withDemoServer((server) =>
      withPage(async (page) => {
        await openWithToken(page, server.services, await addToken(server, 'one'));
        await page.locator('main tbody tr').first().waitFor();
        await server.gateway.store.access.revokeToken('one', Date.now());
        const late = await delayNext(page, 'limit=20');
        await page.getByRole('button', { name: 'Refresh' }).click();
        await late.answered();
        await page.getByRole('button', { name: 'CSV', exact: true }).click();
        await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
        await enterToken(page, await addToken(server, 'two'));
        await page.getByRole('dialog').waitFor({ state: 'hidden' });
        const answered = page.waitForResponse((response) => response.url().includes('limit=20'));
        await late.release();
        expect(await page.getByRole('dialog').count()).toBe(0);
        expect((await answered).status()).toBeLessThan(400);
        await page.getByText('Live', { exact: true }).waitFor();
      }),
    ));
});
