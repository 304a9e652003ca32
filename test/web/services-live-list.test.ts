/** Requirements 1, 13 and 27 of the pages: the list of the Services explorer while tasks come and change. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { addServicesTasks } from '../support/gateway.ts';
import { aServicesTask } from '../support/tasks.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { withDemoServer } from './support/demo-server.ts';
import type { WebServer } from './support/server.ts';
import { openWithToken } from './support/sign-in.ts';

const rows = (page: Page) => page.locator('main tbody tr');
const ids = (page: Page) => page.locator('main tbody a.id').allTextContents();

/** Runs a test with tasks of chain 1764 on a server of its own. */
async function withTasks(count: number, use: (server: WebServer) => Promise<void>): Promise<void> {
  await withDemoServer(async (server) => {
    const tasks = Array.from({ length: count }, (_, at) => aServicesTask({ id: 20_001 + at }));
    await addServicesTasks(server.gateway.store, ...tasks);
    await use(server);
  });
}

describe.skipIf(!hasBrowser)('the live list of the Services explorer', () => {
  it('1, 13: tells of new tasks on page 1 without moving anything, and adds them at the end', () =>
    withTasks(9, ({ services, gateway }) =>
      withPage(async (page) => {
        await page.clock.install();
        await openWithToken(page, services);
        await page.getByText('Page 1 of 2, 40 tasks').waitFor();
        await page.locator('main tbody a.id').nth(15).focus();
        await page.evaluate(() => scrollTo(0, 200));
        const before = await ids(page);
        await addServicesTasks(gateway.store, aServicesTask({ id: 30_000 }));
        await page.clock.fastForward(6000);
        await page.getByText('1 new task at the end of the list.').waitFor();
        expect(await ids(page)).toEqual(before);
        expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(before[15]);
        await page.getByRole('link', { name: 'Show the last page' }).click();
        await page.getByText('Page 3 of 3, 41 tasks').waitFor();
        expect(await ids(page)).toEqual(['30000']);
        await addServicesTasks(gateway.store, aServicesTask({ id: 30_001 }));
        await page.clock.fastForward(6000);
        await page.getByRole('link', { name: '30001' }).waitFor();
        expect(await ids(page)).toEqual(['30000', '30001']);
      }),
    ));

  it('13: holds the rows of page 2 when others leave the filter, with their latest states', () =>
    withTasks(50, ({ services, gateway }) =>
      withPage(async (page) => {
        await page.clock.install();
        await openWithToken(page, `${services}/?status=READY&page=2`);
        await rows(page).first().waitFor();
        const before = await ids(page);
        await addServicesTasks(gateway.store, aServicesTask({ id: 20_001, state: { code: 'DONE' } }));
        await page.clock.fastForward(6000);
        await page.getByText('The tasks of this page have changed.').waitFor();
        expect(await ids(page)).toEqual(before);
        await page.getByRole('button', { name: 'Show the current page' }).click();
        expect((await ids(page)).slice(0, 19)).toEqual(before.slice(1));
      }),
    ));

  it('27: names the command line for more than 1,000 tasks', () =>
    withTasks(1000, ({ services }) =>
      withPage(async (page) => {
        await openWithToken(page, services);
        await page.getByText('taskgate export services --chain 1764').waitFor();
        expect(await page.getByRole('button', { name: 'CSV' }).count()).toBe(0);
      }),
    ));
});
