/** Creating HDP tasks. The numbers are those of the requirements. */
import type { Page, Request } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser, withPage } from './support/browser.ts';
import { delayNext } from './support/delay.ts';
import { useActor } from './support/hdp-tasks.ts';
import { collectPosts, expectNowhere } from './support/requests.ts';
import { useWebServer, type WebServer } from './support/server.ts';

const KEY_FIELD = 'API key';
const CREATE = 'Create the task';

describe.skipIf(!hasBrowser)('creating a task', () => {
  const server = useWebServer();
  const actor = useActor(server);
  const open = (page: Page) => page.goto(`${server().hdp}/?view=create`);
  const taskCount = async () =>
    (await server().gateway.store.hdpTasks.list('', { limit: 1, offset: 0 })).total;

  it('sends the body that it shows, with the key, and leads to the page of the task', () =>
    withPage(async (page) => {
      const { clientKey } = await actor();
      const posts = collectPosts(page);
      await open(page);
      await page.getByLabel('Destination chain').fill('0x534e5f4d41494e');
      await page.locator('#chain-hint').getByText('Starknet', { exact: true }).waitFor();
      await page.getByLabel('Input', { exact: true }).fill('{"n": 10000000000000000001}');
      await page.getByLabel('Program hash').fill('0xabc');
      await page.getByLabel('Schedule mode').selectOption('offchain');
      await page.getByLabel('Webhook URL').fill('https://example.com/hook');
      await page.getByLabel('Task inputs').fill('{"block": 1.0}');
      await page.getByLabel(KEY_FIELD).fill(clientKey);
      const [body, curl] = await page.locator('.preview pre').allTextContents();
      expect(curl).toContain("-H 'X-API-KEY: YOUR_API_KEY'");
      expect(curl).toContain(`--data-raw '${body}'`);
      expect(curl).not.toContain(clientKey);
      await page.getByRole('button', { name: CREATE }).click();
      await page.waitForURL(/\/task\/[0-9A-Z]{26}$/);
      await page.getByText('Received').first().waitFor();
      await page.getByText('0xabc', { exact: true }).waitFor();
      expect(posts.map((post) => post.postData())).toEqual([body]);
      const headers = await posts[0]?.allHeaders();
      expect(headers).toMatchObject({ 'x-api-key': clientKey, 'content-type': 'application/json' });
      expect(curl).toContain(`'Idempotency-Key: ${headers?.['idempotency-key']}'`);
      expect(body).toContain('10000000000000000001');
    }));

  it('16, 17: keeps the key in memory alone, for the next action of the same tab', () =>
    withPage(async (page) => {
      const { clientKey } = await actor();
      const addresses: string[] = [];
      page.on('request', (request) => addresses.push(request.url()));
      await open(page);
      await page.getByLabel(KEY_FIELD).fill(clientKey);
      await page.getByRole('button', { name: CREATE }).click();
      await page.waitForURL(/\/task\//);
      await page.getByRole('link', { name: 'Create' }).click();
      expect(await page.getByLabel(KEY_FIELD).inputValue()).toBe(clientKey);
      await expectNowhere(page, clientKey);
      expect(addresses.join('\n')).not.toContain(clientKey);
      await page.reload();
      expect(await page.getByLabel(KEY_FIELD).inputValue()).toBe('');
      await page.getByLabel(KEY_FIELD).fill(clientKey);
      await page.getByRole('button', { name: 'Forget' }).click();
      expect(await page.getByLabel(KEY_FIELD).inputValue()).toBe('');
    }));

  it('3: a late answer does not move the reader from the page that was opened meanwhile', () =>
    withPage(async (page) => {
      const { clientKey } = await actor();
      await open(page);
      await page.getByLabel(KEY_FIELD).fill(clientKey);
      const late = await delayNext(page, '/tasks');
      await page.getByRole('button', { name: CREATE }).click();
      await late.answered();
      await page.getByRole('link', { name: 'Figures' }).click();
      await page.waitForURL('**/?view=figures');
      await late.release();
      expect(new URL(page.url()).search).toBe('?view=figures');
    }));

  it('28: sends once, however often it is clicked', () =>
    withPage(async (page) => {
      const { clientKey } = await actor();
      const posts = collectPosts(page);
      const before = await taskCount();
      await open(page);
      await page.getByLabel(KEY_FIELD).fill(clientKey);
      await page.getByRole('button', { name: CREATE }).evaluate((button: HTMLButtonElement) => {
        button.click();
        button.click();
        button.form?.requestSubmit();
      });
      await page.waitForURL(/\/task\//);
      expect(posts.length).toBe(1);
      expect(await taskCount()).toBe(before + 1);
    }));

  it('28: creates one task if the answer is lost and the reader sends the same again', () =>
    withPage(async (page) => {
      const { clientKey } = await actor();
      const before = await taskCount();
      await open(page);
      await page.getByLabel('Program name').fill('lost answer');
      await page.getByLabel(KEY_FIELD).fill(clientKey);
      await page.route('**/tasks', async (route) => {
        const request = route.request();
        await repeatOf(server(), request);
        await route.abort();
      });
      await page.getByRole('button', { name: CREATE }).click();
      await page.getByText('sending the same again does not create another').waitFor();
      expect(await taskCount()).toBe(before + 1);
      await page.unroute('**/tasks');
      await page.getByRole('button', { name: CREATE }).click();
      await page.waitForURL(/\/task\//);
      expect(await taskCount()).toBe(before + 1);
    }));

  it('shows the sentence of the server at the form, and keeps what was typed', () =>
    withPage(async (page) => {
      const { clientKey } = await actor();
      await open(page);
      const send = () => page.getByRole('button', { name: CREATE }).click();
      await page.getByLabel('Program name').fill('kept');
      await page.getByLabel(KEY_FIELD).fill('wrong');
      await send();
      await page.getByRole('alert').getByText('Invalid Herodotus Cloud X-API-KEY header').waitFor();
      await page.getByLabel(KEY_FIELD).fill(clientKey);
      await page.getByLabel('Webhook URL').fill('http://localhost/');
      await send();
      await page.getByRole('alert').getByText('webhook_url cannot receive webhooks').waitFor();
      expect(await page.getByLabel('Program name').inputValue()).toBe('kept');
    }));

  it('names each problem of a field until it is corrected, and moves the focus to the first', () =>
    withPage(async (page) => {
      const posts = collectPosts(page);
      const focused = () => page.evaluate(() => document.activeElement?.id);
      await open(page);
      await page.getByLabel('Input', { exact: true }).fill('[1]');
      await page.getByLabel('Task inputs').fill('{"a"');
      await page.getByLabel(KEY_FIELD).fill('key');
      await page.getByRole('button', { name: CREATE }).click();
      await page.getByText('It is not JSON').waitFor();
      await page.getByText('It must be a JSON object').waitFor();
      await expect.poll(focused).toBe('input');
      // A field that was not sent with a problem gets none while the reader types.
      await page.getByLabel('Destination chain').fill('Sepolia');
      await page.getByLabel('Input', { exact: true }).fill('{}');
      await expect.poll(() => page.locator('[aria-invalid=true]').count()).toBe(1);
      expect(await page.getByText('It must be a JSON object').count()).toBe(0);
      await page.getByRole('button', { name: CREATE }).click();
      await page.getByText('A chain id is a hex text').waitFor();
      await expect.poll(focused).toBe('chain');
      expect(posts).toEqual([]);
    }));
});

/** Sends a request of the page to the server, as if only its answer were lost. */
async function repeatOf({ gateway }: WebServer, request: Request): Promise<void> {
  const headers = await request.allHeaders();
  const sent = ['content-type', 'x-api-key', 'idempotency-key'].map((name) => [name, headers[name] ?? '']);
  const response = await gateway.fetch('http://hdp.localhost/tasks', {
    ...{ method: 'POST', headers: Object.fromEntries(sent), body: request.postData() ?? '' },
  });
  expect(response.status).toBe(200);
}
