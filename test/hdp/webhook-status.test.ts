import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { accepted } from '../../src/hdp/task-schema.ts';
import { asKey, createTestGateway, NOW } from '../support/gateway.ts';
import { expectDocumented } from '../support/openapi/documented.ts';
import { claimAll } from '../support/outbox.ts';

const details = z.object({ webhook: z.unknown().optional() });

/** Creates a task with a webhook and returns functions that move it through its lifecycle. */
async function createTask() {
  const { app, store } = await createTestGateway();
  const [client, processor] = [await asKey(store, 'client'), await asKey(store, 'processor')];
  const post = async (path: string, headers: Record<string, string>, send?: object) => {
    const response = await app.request(`http://hdp.test${path}`, {
      method: 'POST',
      headers: { ...headers, ...(send && { 'Content-Type': 'application/json' }) },
      ...(send && { body: JSON.stringify(send) }),
    });
    expect(response.status).toBe(200);
    return response.json();
  };
  const body = { destination_chain_id: 1, input: {}, webhook_url: 'https://hooks.example/secret' };
  const { uuid } = accepted.parse(await post('/tasks', client, body));
  return {
    getWebhook: async () => {
      const url = `http://hdp.test/tasks/${uuid}/details`;
      const response = await app.request(url);
      const text = await response.text();
      expectDocumented(url, response, text, 'GET');
      expect(text).not.toContain('secret');
      return details.parse(JSON.parse(text)).webhook;
    },
    failTask: async () => {
      await post(`/tasks/${uuid}/transitions`, processor, { to_status: 'DryRunStarted' });
      await post(`/tasks/${uuid}/transitions`, processor, { to_status: 'DryRunFailed', error_message: 'x' });
    },
    retry: () => post(`/tasks/${uuid}/retry`, client),
    claimWebhook: async () => {
      const due = await store.hdpWebhooks.listDue(undefined, 1);
      const [claimed] = await claimAll(store, due, 60_000);
      if (!claimed) throw new Error('no webhook is due');
      return claimed;
    },
    webhooks: store.hdpWebhooks,
  };
}

const anyUlid = expect.stringMatching(/^[0-9A-Z]{26}$/);
const UNSENT = { attempts: 0, nextAttemptAt: null, deliveredAt: null, error: null };

describe('the webhook in the details of a task', () => {
  it('appears when the task ends: pending, then delivered', async () => {
    const { getWebhook, failTask, claimWebhook, webhooks } = await createTask();
    expect(await getWebhook()).toBeUndefined();
    await failTask();
    expect(await getWebhook()).toEqual({
      ...UNSENT,
      state: 'pending',
      id: anyUlid,
      nextAttemptAt: '2026-06-01T12:00:00Z',
    });
    const { id } = await claimWebhook();
    await webhooks.markDelivered(id, NOW + 1500);
    expect(await getWebhook()).toEqual({
      ...UNSENT,
      state: 'delivered',
      id,
      attempts: 1,
      deliveredAt: '2026-06-01T12:00:01.500Z',
    });
  });

  it.each([
    ['the answer was 503', 'The receiver responded with status 503.'],
    ['no answer within 10 seconds', 'The receiver did not respond in time.'],
    ['10.0.0.7 is not an address that webhooks may go to', 'Webhooks may not go to this URL.'],
    ['secret.internal has no address that webhooks may go to', 'Webhooks may not go to this URL.'],
    ['self-signed certificate', "The receiver's certificate is not valid."],
    ['connect ECONNREFUSED 10.0.0.7:80', 'The receiver could not be reached.'],
    ['secret.example cannot be resolved (ENOTFOUND)', 'The receiver could not be reached.'],
  ])('shows why an attempt failed, without addresses and host names: %s', async (error, shown) => {
    const { getWebhook, failTask, claimWebhook, webhooks } = await createTask();
    await failTask();
    await webhooks.recordFailure(await claimWebhook(), error, NOW + 10_000);
    const pending = {
      state: 'pending',
      id: anyUlid,
      attempts: 1,
      nextAttemptAt: '2026-06-01T12:00:10Z',
      deliveredAt: null,
    };
    expect(await getWebhook()).toEqual({ ...pending, error: shown });
  });

  it('is failed after the last attempt', async () => {
    const { getWebhook, failTask, claimWebhook, webhooks } = await createTask();
    await failTask();
    await webhooks.recordFailure(await claimWebhook(), 'the answer was 410', null);
    expect(await getWebhook()).toMatchObject({ state: 'failed', nextAttemptAt: null, attempts: 1 });
  });

  it('is absent after a retry until the task ends again', async () => {
    const { getWebhook, failTask, claimWebhook, webhooks, retry } = await createTask();
    await failTask();
    const first = await claimWebhook();
    await webhooks.markDelivered(first.id, NOW);
    await retry();
    expect(await getWebhook()).toBeUndefined();
    await failTask();
    expect(await getWebhook()).toMatchObject({ state: 'pending', attempts: 0 });
    expect(await getWebhook()).not.toMatchObject({ id: first.id });
  });

  it('is absent from a task without a webhook_url', async () => {
    const { app, store } = await createTestGateway();
    const headers = { ...(await asKey(store, 'client')), 'Content-Type': 'application/json' };
    const init = { method: 'POST', headers, body: '{"destination_chain_id":1,"input":{}}' };
    const { uuid } = accepted.parse(await (await app.request('http://hdp.test/tasks', init)).json());
    const response = await app.request(`http://hdp.test/tasks/${uuid}/details`);
    expect(await response.json()).not.toHaveProperty('webhook');
  });
});
