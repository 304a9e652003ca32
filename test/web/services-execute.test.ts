/** Requirements 7, 17 and 28 of the pages: running a task of the Services explorer, and its file. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { addServicesTasks } from '../support/gateway.ts';
import { aServicesTask } from '../support/tasks.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { textContrast } from './support/contrast.ts';
import { withDemoServer } from './support/demo-server.ts';
import { collectPosts } from './support/requests.ts';
import { clickTwice, openWithToken } from './support/sign-in.ts';

describe.skipIf(!hasBrowser)('running a task of the Services explorer', () => {
  it('7, 28: shows the new state before the next poll; asks first only to run it again; sends it once', () =>
    withDemoServer(async (server) => {
      await addServicesTasks(server.gateway.store, aServicesTask({ id: 30_001 }));
      await withPage(async (page) => {
        await page.clock.install();
        await openWithToken(page, `${server.services}/task/30001`);
        await page.getByText('READY').first().waitFor();
        const sent: string[] = [];
        page.on('request', (request) => {
          if (request.method() === 'POST') sent.push(new URL(request.url()).pathname);
        });
        // No poll is answered any more.
        await page.route('**/tasks/30001?*', () => undefined);
        const execute = page.getByRole('button', { name: 'Execute task 30001 now' });
        await clickTwice(execute);
        await page.locator('.task-title').getByText('DONE').waitFor();
        expect(sent).toEqual(['/tasks/30001/execute']);

        await page.unroute('**/tasks/30001?*');
        await execute.click();
        await page.getByRole('heading', { name: 'Run task 30001 again?' }).waitFor();
        await page.getByText('Its state is DONE.').waitFor();
        await page.getByRole('button', { name: 'Cancel' }).click();
        expect(sent).toHaveLength(1);
        await execute.click();
        await page.getByRole('button', { name: 'Run it again' }).click();
        await expect.poll(() => sent.length).toBe(2);
        await page.getByRole('button', { name: 'Execute task 30001 now' }).waitFor();
      });
    }));

  it('17: downloads the file by a URL that stays in no history and on no page', () =>
    withDemoServer(async (server) => {
      await addServicesTasks(server.gateway.store, aServicesTask({ id: 30_001 }));
      await withPage(async (page) => {
        await openWithToken(page, `${server.services}/task/30001`);
        await page.getByRole('button', { name: 'Execute task 30001 now' }).click();
        const entries = await page.evaluate(() => history.length);
        const download = page.waitForEvent('download');
        await page.getByRole('button', { name: 'Download User_Export-30001.csv' }).click();
        const file = await download;
        expect(file.url()).toContain('signature=');
        expect(readFileSync(await file.path(), 'utf8')).toMatch(/^id,chain_id,/);
        expect(page.url()).toBe(`${server.services}/task/30001`);
        expect(await page.evaluate(() => history.length)).toBe(entries);
        expect(await page.content()).not.toContain('signature=');
      });
    }));

  it('says that an imported task has no file, until it runs again', () =>
    withDemoServer(async (server) => {
      await withPage(async (page) => {
        await openWithToken(page, `${server.services}/task/12345`);
        const download = page.getByRole('button', { name: 'Download Wallet_Export-12345.csv' });
        await download.click();
        await page.getByText('The file of this task no longer exists.').waitFor();
        expect(await download.count()).toBe(0);
        await page.getByRole('button', { name: 'Execute task 12345 now' }).click();
        await page.getByRole('button', { name: 'Run it again' }).click();
        await download.waitFor();
        expect(await page.getByText('The file of this task no longer exists.').count()).toBe(0);
      });
    }));

  it('says why a task cannot be run', () =>
    withDemoServer(async (server) => {
      await withPage(async (page) => {
        const reason = 'No runner supports the action of this task. Supported actions: export.';
        await openWithToken(page, `${server.services}/task/12343`);
        const execute = page.getByRole('button', { name: 'Execute task 12343 now', description: reason });
        await execute.waitFor();
        expect(await execute.isDisabled()).toBe(true);
        expect(await page.getByText(reason).isVisible()).toBe(true);
        expect(await textContrast(execute)).toBeGreaterThanOrEqual(4.5);
        const posts = collectPosts(page);
        await execute.click({ force: true });
        expect(await page.getByRole('dialog').count()).toBe(0);
        expect(posts).toEqual([]);
      });
    }));
});
