/** Answers that the HDP explorer cannot read, such as the page of a proxy. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser, withPage } from './support/browser.ts';
import { COMPLETED, useActor } from './support/hdp-tasks.ts';
import { useWebServer } from './support/server.ts';
import { answerUnreadably } from './support/unreadable.ts';

const UNREADABLE = 'The answer of the server is not readable.';

describe.skipIf(!hasBrowser)('an unreadable answer of the HDP API', () => {
  const server = useWebServer();
  const actor = useActor(server);

  it('is reported by the list and a task, which ask again', () =>
    withPage(async (page) => {
      const uuid = await (await actor()).create(COMPLETED);
      await page.clock.install();
      await answerUnreadably(page, '/tasks?*', 'null');
      await page.goto(server().hdp);
      await expectRetried(page, '/tasks?*');
      await page.locator('main tbody').getByRole('link', { name: uuid }).waitFor();

      await answerUnreadably(page, `/tasks/${uuid}/details`, '[]');
      await page.goto(`${server().hdp}/task/${uuid}`);
      await expectRetried(page, `/tasks/${uuid}/details`);
      await page.locator('.step').nth(5).locator('time').nth(1).waitFor();
    }));

  it('about a part of a task is reported, and the part is loaded again', () =>
    withPage(async (page) => {
      const uuid = await (await actor()).create(COMPLETED);
      const path = `/tasks/${uuid}/state_transitions`;
      await answerUnreadably(page, path);
      await page.goto(`${server().hdp}/task/${uuid}`);
      const notice = page.locator('.arrivals', { hasText: 'A part of the task could not be loaded.' });
      await notice.waitFor();
      await page.unroute(`**${path}`);
      await notice.getByRole('button').click();
      await page.locator('.step').nth(5).locator('time').nth(1).waitFor();
      expect(await notice.count()).toBe(0);
    }));

  it('to a new task says that sending the same again is safe', () =>
    withPage(async (page) => {
      const { clientKey } = await actor();
      await page.goto(`${server().hdp}/?view=create`);
      await page.getByLabel('API key').fill(clientKey);
      await answerUnreadably(page, '/tasks');
      await page.getByRole('button', { name: 'Create the task' }).click();
      const alert = page.getByRole('alert').filter({ hasText: UNREADABLE });
      expect(await alert.textContent()).toContain('sending the same again does not create another');
      await page.unroute('**/tasks');
      await page.getByRole('button', { name: 'Create the task' }).click();
      await page.waitForURL(/\/task\//);
    }));
});

/** Expects a failure, and the next attempt after ten seconds. */
async function expectRetried(page: Page, path: string): Promise<void> {
  await page.getByText(UNREADABLE).first().waitFor();
  await page.unroute(`**${path}`);
  await page.clock.fastForward(10_000);
}
