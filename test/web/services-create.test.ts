/** Requirements 8 and 28 of the pages: the form of a new export, and the request that it sends. */
import { describe, expect, it } from 'vitest';
import { hasBrowser, withPage } from './support/browser.ts';
import { useWebServer } from './support/server.ts';
import { clickTwice, openWithToken } from './support/sign-in.ts';

describe.skipIf(!hasBrowser)('the form of a new export', () => {
  const server = useWebServer({ demo: true });

  it('28: sends the request that it shows once, however often it is clicked, and opens the task', () =>
    withPage(
      async (page) => {
        await openWithToken(page, `${server().services}/?view=create`);
        await page.getByLabel('Description').fill('Gold members');
        await page.getByRole('combobox', { name: 'Export' }).selectOption('users');
        await page.getByRole('combobox', { name: 'Format' }).selectOption('json');
        await page.getByLabel('First run').fill('2099-06-01T09:00');
        await page.getByRole('combobox', { name: 'Repeat' }).selectOption('monthly');
        await page.getByLabel('Only rows of people').check();
        await page.getByLabel('Column', { exact: true }).fill('loyalty_level');
        await page.getByLabel('Value').fill('Gold');
        await page.getByRole('button', { name: 'Add a rule' }).click();
        const second = page.getByRole('group', { name: 'Rule 2' });
        await second.getByLabel('Column').fill('last_seen');
        await second.getByRole('combobox', { name: 'Operator' }).selectOption('relative_less_than');
        await second.getByLabel('Days').fill('30');
        const [body = '', command = ''] = await page.locator('.preview pre').allTextContents();
        expect(JSON.parse(body)).toEqual({
          chain: 1764,
          desc: 'Gold members',
          trigger: {
            ...{ once: '2099-06-01T09:00:00+05:30', repeat: 'monthly' },
            segment: {
              ...{ entity: 'people', index: 'users', join: 'all', chain_id: 1764 },
              rules: [
                { field_name: 'loyalty_level', field_type: 'keyword', operator: 'is', value: 'Gold' },
                {
                  ...{ field_name: 'last_seen', field_type: 'date', operator: 'relative_less_than' },
                  ...{ time_factor: 'day', time_amount: 30 },
                },
              ],
            },
          },
          target: { action: 'export', export_index: 'users', export_format: 'json' },
        });
        expect(command).toContain('ACCESS_TOKEN_ID:ACCESS_TOKEN_SECRET');

        const sent: string[][] = [];
        page.on('request', (request) => {
          if (request.method() !== 'POST') return;
          sent.push([request.headers()['idempotency-key'] ?? '', request.postData() ?? '']);
        });
        await clickTwice(page.getByRole('button', { name: 'Create the export' }));
        await page.waitForURL(/\/task\/\d+$/);
        await page.getByText('Every month, this time at 2099-06-01 09:00:00').waitFor();
        await page
          .getByText('People for whom all of: loyalty level is Gold; last seen less than 30 days ago.')
          .waitFor();
        expect(sent).toHaveLength(1);
        const [[key = '', sentBody = ''] = []] = sent;
        expect(command).toContain(`Idempotency-Key: ${key}`);
        expect(sentBody).toBe(body);
        expect(command).toContain(`--data-raw '${body}'`);
      },
      { timezoneId: 'Asia/Kolkata' },
    ));

  it('shows the sentence of the server at the form, and keeps what was typed', () =>
    withPage(async (page) => {
      await openWithToken(page, `${server().services}/?view=create`);
      await page.getByLabel('Description').fill('Wrong order');
      await page.getByLabel('Only rows of people').check();
      await page.getByLabel('Column', { exact: true }).fill('points');
      await page.getByRole('combobox', { name: 'Operator' }).selectOption('is_between_number');
      await page.getByRole('spinbutton', { name: 'From' }).fill('9');
      await page.getByRole('spinbutton', { name: 'To' }).fill('1');
      await page.getByRole('button', { name: 'Create the export' }).click();
      await page.getByRole('alert').getByText('must not be above max').waitFor();
      expect(await page.getByLabel('Description').inputValue()).toBe('Wrong order');
    }));

  it('warns of a column that the index does not have, as soon as its name is complete', () =>
    withPage(async (page) => {
      await openWithToken(page, `${server().services}/?view=create`);
      await page.getByLabel('Only rows of people').check();
      const column = page.getByLabel('Column', { exact: true });
      const warning = page.getByText('The demo data has no column “city” in vouchers.');
      await column.pressSequentially('cit');
      expect(await page.getByText('The demo data has no column').count()).toBe(0);
      await column.pressSequentially('y');
      await column.press('Tab');
      await page.getByRole('combobox', { name: 'Columns of' }).selectOption('vouchers');
      await warning.waitFor();
      await page.getByRole('combobox', { name: 'Columns of' }).selectOption('users');
      expect(await warning.count()).toBe(0);
    }));

  it('28: sends the same key again after an answer was lost, so that no second task is created', () =>
    withPage(async (page) => {
      await openWithToken(page, `${server().services}/?view=create`);
      await page.getByLabel('Description').fill('Lost answer');
      // The server creates the task, but its answer does not arrive.
      await page.route('**/tasks', async (route) => {
        const headers = { ...route.request().headers(), host: 'services.localhost' };
        await route.fetch({ url: `http://127.0.0.1:${server().port}/tasks`, headers });
        await route.abort();
      });
      await page.getByRole('button', { name: 'Create the export' }).click();
      await page.getByText('creates no second task').waitFor();
      await page.unroute('**/tasks');
      await page.getByRole('button', { name: 'Create the export' }).click();
      await page.waitForURL(/\/task\/\d+$/);
      await page.locator('.task-title').getByText('DONE').waitFor();
      const { rows } = await server().gateway.store.servicesTasks.list(
        1764,
        { status: undefined, action: undefined, campaign: undefined },
        { limit: 1000, offset: 0 },
      );
      expect(rows.filter(({ description }) => description === 'Lost answer')).toHaveLength(1);
    }));
});
