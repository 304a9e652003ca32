/** Retrying failed HDP tasks. The numbers are those of the requirements. */
import { describe, expect, it } from 'vitest';
import { hasBrowser, withPage } from './support/browser.ts';
import { COMPLETED, useActor } from './support/hdp-tasks.ts';
import { collectPosts, expectNowhere } from './support/requests.ts';
import { useWebServer } from './support/server.ts';

const KEY_FIELD = 'API key';

describe.skipIf(!hasBrowser)('retrying a failed task', () => {
  const server = useWebServer();
  const actor = useActor(server);
  const FAILED = { to_status: 'DryRunFailed', error_message: 'out of gas' };
  const createFailed = async () => (await actor()).create([COMPLETED[0] ?? {}, FAILED]);

  it('7, 28: names the task and its state, is sent once, and shows the new state at once', () =>
    withPage(async (page) => {
      const uuid = await createFailed();
      const { clientKey } = await actor();
      const posts = collectPosts(page);
      await page.clock.install();
      await page.goto(`${server().hdp}/task/${uuid}`);
      await page.getByRole('button', { name: 'Retry this task…' }).click();
      await page.getByText(`Task ${uuid} is at “Dry run failed”.`).waitFor();
      await page.getByLabel(KEY_FIELD).fill(clientKey);
      await page.getByRole('button', { name: 'Retry the task' }).evaluate((button: HTMLButtonElement) => {
        button.click();
        button.click();
      });
      // No time passes on the clock of the page, so no poll is due.
      await page.locator('.task-status').getByText('Received').waitFor();
      expect(posts.length).toBe(1);
      expect(await page.getByText('out of gas').count()).toBe(0);
      await page.getByText('Attempt 1 of 2').waitFor();
      await expectNowhere(page, clientKey);
    }));

  it('shows the sentence of the server if it is not accepted', () =>
    withPage(async (page) => {
      const uuid = await createFailed();
      await page.goto(`${server().hdp}/task/${uuid}`);
      await page.getByRole('button', { name: 'Retry this task…' }).click();
      await page.getByLabel(KEY_FIELD).fill('wrong');
      await page.getByRole('button', { name: 'Retry the task' }).click();
      await page.getByRole('alert').getByText('Invalid Herodotus Cloud X-API-KEY header').waitFor();
    }));

  it('ends the sentence of the server before the wait', () =>
    withPage(async (page) => {
      await page.goto(`${server().hdp}/task/${await createFailed()}`);
      await page.route('**/retry', (route) =>
        route.fulfill({
          status: 503,
          headers: { 'retry-after': '60' },
          json: { error: 'Service unavailable' },
        }),
      );
      await page.getByRole('button', { name: 'Retry this task…' }).click();
      await page.getByLabel(KEY_FIELD).fill('key');
      await page.getByRole('button', { name: 'Retry the task' }).click();
      await page.getByRole('alert').getByText('Service unavailable. Wait 60 seconds.').waitFor();
    }));

  it('is not offered for a task that has not failed', () =>
    withPage(async (page) => {
      const uuid = await (await actor()).create([COMPLETED[0] ?? {}]);
      await page.goto(`${server().hdp}/task/${uuid}`);
      await page.locator('.step').first().waitFor();
      expect(await page.getByText('Retry this task').count()).toBe(0);
    }));
});
