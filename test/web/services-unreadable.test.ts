/** Answers that the Services explorer cannot read, such as the page of a proxy. */
import { describe, expect, it } from 'vitest';
import { addServicesTasks } from '../support/gateway.ts';
import { aServicesTask } from '../support/tasks.ts';
import { hasBrowser, withPage } from './support/browser.ts';
import { useWebServer } from './support/server.ts';
import { DEMO_TOKEN, enterAdminSession, enterToken, openAsAdmin, openWithToken } from './support/sign-in.ts';
import { answerUnreadably } from './support/unreadable.ts';

const UNREADABLE = 'The answer of the server is not readable.';

describe.skipIf(!hasBrowser)('an unreadable answer of the Services API', () => {
  const server = useWebServer({ demo: true, runTasks: false });

  it('does not sign in and switches no chain', () =>
    withPage(async (page) => {
      const alert = page.getByRole('alert').getByText(UNREADABLE);
      await answerUnreadably(page, '/session');
      await page.goto(server().services);
      await enterToken(page, DEMO_TOKEN);
      await alert.waitFor();
      await page.unroute('**/session');
      await enterAdminSession(page, {});
      await page.getByRole('heading', { name: 'Tasks of chain 1764' }).waitFor();
      await answerUnreadably(page, '/session', 'null');
      await page.getByLabel('Chain').selectOption('1743');
      await alert.waitFor();
      expect(await page.getByLabel('Chain').inputValue()).toBe('1764');
    }));

  it('to a run or a download is reported, and the polls continue', () =>
    withPage(async (page) => {
      await addServicesTasks(server().gateway.store, aServicesTask({ id: 30_001 }));
      await page.clock.install();
      await openWithToken(page, `${server().services}/task/30001`);
      const alert = page.getByRole('alert').getByText(UNREADABLE);
      await answerUnreadably(page, '/tasks/30001/execute');
      const execute = page.getByRole('button', { name: 'Execute task 30001 now' });
      await execute.click();
      await alert.waitFor();
      await page.unroute('**/tasks/30001/execute');
      for (let polls = 0; polls < 2; polls += 1) {
        const polled = page.waitForResponse((response) => response.url().includes('/tasks/30001?'));
        await page.clock.runFor(10_000);
        expect((await polled).status()).toBe(304);
      }
      await execute.click();
      await answerUnreadably(page, '/tasks/30001/download_url', '{"url":"javascript:alert(1)"}');
      await page.getByRole('button', { name: 'Download' }).click();
      await alert.waitFor();
    }));

  it('to a new export says that sending the same again is safe', () =>
    withPage(async (page) => {
      await openAsAdmin(page, `${server().services}/?view=create`);
      await page.getByLabel('Description').fill('Unreadable');
      await answerUnreadably(page, '/tasks');
      await page.getByRole('button', { name: 'Create the export' }).click();
      const alert = page.getByRole('alert').filter({ hasText: UNREADABLE });
      expect(await alert.textContent()).toContain('creates no second task');
      await page.unroute('**/tasks');
      await page.getByRole('button', { name: 'Create the export' }).click();
      await page.waitForURL(/\/task\/\d+$/);
    }));
});
