import { setTimeout } from 'node:timers/promises';
import { describe, expect, vi } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { addHdpTasks } from '../support/gateway.ts';
import { openOutbox } from '../support/outbox.ts';
import { it, type Sandbox } from '../support/process.ts';
import { createReceiver, type ReceivedWebhook } from '../support/receiver.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

// Runs the built program on a database file and TCP sockets.

const ALLOW_LOCAL = { WEBHOOK_ALLOW: '127.0.0.1' };
const idOf = (received: ReceivedWebhook) => String(received.headers['webhook-id']);
const until = (condition: () => boolean | Promise<boolean>) =>
  vi.waitUntil(condition, { timeout: 20_000, interval: 20 });
const now = () => Date.now();

/** Creates a database with an ended task, and opens its outbox. */
async function createOutbox(sandbox: Sandbox) {
  const store = openStore(sandbox.databaseUrl);
  await store.migrate();
  await addHdpTasks(store, anHdpTask({ status: 'DryRunFailed' }));
  await store.close();
  return await openOutbox(sandbox.databaseUrl);
}

describe('webhooks of server processes', () => {
  it('are all sent even if a process is killed, and never again after the delivery is recorded', async ({
    sandbox,
  }) => {
    const receiver = await createReceiver((response) => void setTimeout(20).then(() => response.end()));
    const outbox = await createOutbox(sandbox);
    for (let n = 0; n < 60; n += 1) await outbox.add(n, { url: receiver.url, created_at: now() });

    const first = await sandbox.serve([], ALLOW_LOCAL);
    await until(() => receiver.received.length >= 15);
    first.kill('SIGKILL');
    await first.exited;
    const recorded = (await outbox.rows()).filter((row) => row.delivered_at !== null);
    expect(recorded.length).toBeLessThan(60);
    const sentBefore = receiver.received.length;
    await outbox.endLeases();

    await Promise.all([sandbox.serve([], ALLOW_LOCAL), sandbox.serve([], ALLOW_LOCAL)]);
    await until(async () => (await outbox.rows()).every((row) => row.delivered_at !== null));
    const sent = receiver.received.map(idOf);
    expect([...new Set(sent)].sort()).toEqual(Array.from({ length: 60 }, (_, n) => ulid(n)));
    // Only attempts in progress are sent twice, at most two per host.
    expect(sent.length).toBeLessThanOrEqual(62);
    const sentAfter = sent.slice(sentBefore);
    expect(recorded.filter(({ id }) => sentAfter.includes(id))).toEqual([]);
    await outbox.close();
  }, 60_000);

  it('are not sent to a private address, and not sent at all with RUN_TASKS=no', async ({ sandbox }) => {
    const receiver = await createReceiver();
    const outbox = await createOutbox(sandbox);
    await outbox.add(1, { url: receiver.url, created_at: now() });
    const idle = await sandbox.serve([], { ...ALLOW_LOCAL, RUN_TASKS: 'no' });
    await setTimeout(1500);
    expect(await outbox.rows()).toMatchObject([{ attempts: 0 }]);
    idle.kill('SIGTERM');
    await idle.exited;

    const server = await sandbox.serve();
    await until(async () => (await outbox.rows())[0]?.last_error !== null);
    expect((await outbox.rows())[0]?.last_error).toBe('127.0.0.1 is not an address that webhooks may go to');
    server.kill('SIGTERM');
    expect((await server.exited).code).toBe(0);
    expect(receiver.received).toEqual([]);
    await outbox.close();
  });

  it('are aborted on SIGTERM, so that they do not delay the exit', async ({ sandbox }) => {
    const receiver = await createReceiver(() => {});
    const outbox = await createOutbox(sandbox);
    await outbox.add(1, { url: receiver.url, created_at: now() });
    const server = await sandbox.serve([], ALLOW_LOCAL);
    await until(() => receiver.received.length === 1);
    const stopRequestedAt = performance.now();
    server.kill('SIGTERM');
    expect((await server.exited).code).toBe(0);
    expect(performance.now() - stopRequestedAt).toBeLessThan(4000);
    const [row] = await outbox.rows();
    expect(row?.delivered_at).toBeNull();
    expect(row?.due_at).toBeLessThanOrEqual(now());
    await outbox.close();
  });
});
