import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { accepted } from '../../src/hdp/task-schema.ts';
import { asKey, createTestGateway, NOW } from '../support/gateway.ts';
import { expectDocumented } from '../support/openapi.ts';
import { claimAll } from '../support/outbox.ts';

const details = z.object({ webhook: z.unknown().optional() });

/** A task with a webhook, which a test moves through its lifecycle. */
async function prepare() {
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
    webhook: async () => {
      const url = `http://hdp.test/tasks/${uuid}/details`;
      const response = await app.request(url);
      const text = await response.text();
      expectDocumented(url, response, text, 'GET');
      expect(text).not.toContain('secret');
      return details.parse(JSON.parse(text)).webhook;
    },
    fail: async () => {
      await post(`/tasks/${uuid}/transitions`, processor, { to_status: 'DryRunStarted' });
      await post(`/tasks/${uuid}/transitions`, processor, { to_status: 'DryRunFailed', error_message: 'x' });
    },
    retry: () => post(`/tasks/${uuid}/retry`, client),
    attempt: async () => {
      const due = await store.hdpWebhooks.listDue(NOW, undefined, 1);
      const [attempt] = await claimAll(store, due, NOW + 60_000);
      if (!attempt) throw new Error('No webhook is due.');
      return attempt;
    },
    webhooks: store.hdpWebhooks,
  };
}

const id = expect.stringMatching(/^[0-9A-Z]{26}$/);
const noTimes = { attempts: 0, nextAttemptAt: null, deliveredAt: null, error: null };

describe('the webhook in the details of a task', () => {
  it('is there when the task ends: pending, then delivered', async () => {
    const { webhook, fail, attempt, webhooks } = await prepare();
    expect(await webhook()).toBeUndefined();
    await fail();
    expect(await webhook()).toEqual({
      ...noTimes,
      state: 'pending',
      id,
      nextAttemptAt: '2026-06-01T12:00:00Z',
    });
    const { id: sent } = await attempt();
    await webhooks.markDelivered(sent, NOW + 1500);
    expect(await webhook()).toEqual({
      ...noTimes,
      state: 'delivered',
      id: sent,
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
  ])('says why an attempt failed, without addresses and names: %s', async (error, shown) => {
    const { webhook, fail, attempt, webhooks } = await prepare();
    await fail();
    await webhooks.recordFailure(await attempt(), error, NOW + 10_000);
    const pending = {
      state: 'pending',
      id,
      attempts: 1,
      nextAttemptAt: '2026-06-01T12:00:10Z',
      deliveredAt: null,
    };
    expect(await webhook()).toEqual({ ...pending, error: shown });
  });

  it('has failed once it was given up', async () => {
    const { webhook, fail, attempt, webhooks } = await prepare();
    await fail();
    await webhooks.recordFailure(await attempt(), 'the answer was 410', null);
    expect(await webhook()).toMatchObject({ state: 'failed', nextAttemptAt: null, attempts: 1 });
  });

  it('is gone after a retry, and is then the webhook of the new end', async () => {
    const { webhook, fail, attempt, webhooks, retry } = await prepare();
    await fail();
    const first = await attempt();
    await webhooks.markDelivered(first.id, NOW);
    await retry();
    expect(await webhook()).toBeUndefined();
    await fail();
    expect(await webhook()).toMatchObject({ state: 'pending', attempts: 0 });
    expect(await webhook()).not.toMatchObject({ id: first.id });
  });

  it('is left out of a task without a webhook_url', async () => {
    const { app, store } = await createTestGateway();
    const headers = { ...(await asKey(store, 'client')), 'Content-Type': 'application/json' };
    const init = { method: 'POST', headers, body: '{"destination_chain_id":1,"input":{}}' };
    const { uuid } = accepted.parse(await (await app.request('http://hdp.test/tasks', init)).json());
    const response = await app.request(`http://hdp.test/tasks/${uuid}/details`);
    expect(await response.json()).not.toHaveProperty('webhook');
  });
});
