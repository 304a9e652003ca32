import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { describe, expect, vi } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { taskEnded } from '../../src/hdp/openapi-webhooks.ts';
import { createCli } from '../support/cli.ts';
import { addHdpTasks } from '../support/gateway.ts';
import { openOutbox } from '../support/outbox.ts';
import { it, type Sandbox } from '../support/process.ts';
import { requestText, sendRequest } from '../support/raw-http.ts';
import { createReceiver, type ReceivedWebhook, textHeaders } from '../support/receiver.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

// The built program as processes, on a real file and real sockets.

const LOCAL = { WEBHOOK_ALLOW: '127.0.0.1' };
const HDP = 'hdp.localhost';
const idOf = (received: ReceivedWebhook) => String(received.headers['webhook-id']);
const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 20_000, interval: 20 });
const now = () => Date.now();

/** The outbox of the sandbox's database, which gets an ended task. */
async function prepare(sandbox: Sandbox) {
  const store = openStore(sandbox.databaseUrl);
  await store.migrate();
  await addHdpTasks(store, anHdpTask({ status: 'DryRunFailed' }));
  await store.close();
  return openOutbox(sandbox.databaseUrl);
}

describe('webhooks of whole processes', () => {
  it('are all sent although a process is killed while it sends, and none again once that is recorded', async ({
    sandbox,
  }) => {
    const receiver = await createReceiver((response) => void setTimeout(20).then(() => response.end()));
    const outbox = await prepare(sandbox);
    for (let n = 0; n < 60; n += 1) outbox.add(n, { url: receiver.url, created_at: now() });

    const first = await sandbox.serve([], LOCAL);
    await until(() => receiver.received.length >= 15);
    first.kill('SIGKILL');
    await first.exited;
    const recorded = outbox.rows().filter((row) => row.delivered_at !== null);
    expect(recorded.length).toBeLessThan(60);
    const before = receiver.received.length;
    outbox.endLeases();

    await Promise.all([sandbox.serve([], LOCAL), sandbox.serve([], LOCAL)]);
    await until(() => outbox.rows().every((row) => row.delivered_at !== null));
    const sent = receiver.received.map(idOf);
    expect([...new Set(sent)].sort()).toEqual(Array.from({ length: 60 }, (_, n) => ulid(n)));
    // Twice only what was under way: two at once to a host.
    expect(sent.length).toBeLessThanOrEqual(62);
    const again = sent.slice(before);
    expect(recorded.filter(({ id }) => again.includes(id))).toEqual([]);
    outbox.close();
  }, 60_000);

  it('go to no private address that is not allowed, and are not sent with RUN_TASKS=no', async ({
    sandbox,
  }) => {
    const receiver = await createReceiver();
    const outbox = await prepare(sandbox);
    outbox.add(1, { url: receiver.url, created_at: now() });
    const idle = await sandbox.serve([], { ...LOCAL, RUN_TASKS: 'no' });
    await setTimeout(1500);
    expect(outbox.rows()).toMatchObject([{ attempts: 0 }]);
    idle.kill('SIGTERM');
    await idle.exited;

    const server = await sandbox.serve();
    await until(() => outbox.rows()[0]?.last_error !== null);
    expect(outbox.rows()[0]?.last_error).toBe('127.0.0.1 is not an address that webhooks may go to');
    server.kill('SIGTERM');
    expect((await server.exited).code).toBe(0);
    expect(receiver.received).toEqual([]);
    outbox.close();
  });

  it('are broken off when the process is asked to end, which does not wait for them', async ({ sandbox }) => {
    const receiver = await createReceiver(() => {});
    const outbox = await prepare(sandbox);
    outbox.add(1, { url: receiver.url, created_at: now() });
    const server = await sandbox.serve([], LOCAL);
    await until(() => receiver.received.length === 1);
    const begun = performance.now();
    server.kill('SIGTERM');
    expect((await server.exited).code).toBe(0);
    expect(performance.now() - begun).toBeLessThan(4000);
    const [row] = outbox.rows();
    expect(row?.delivered_at).toBeNull();
    expect(row?.due_at).toBeLessThanOrEqual(now());
    outbox.close();
  });
});

describe('taskgate simulate', () => {
  it('takes a client from a new task to a webhook that its own key verifies', async ({ sandbox }) => {
    const receiver = await createReceiver();
    const server = await sandbox.serve([], LOCAL);
    const key = (await sandbox.taskgate(['keys', 'create', '--role', 'client'])).stdout.trim();
    const body = JSON.stringify({
      destination_chain_id: '0xaa36a7',
      input: {},
      webhook_url: `${receiver.url}?of=me`,
    });
    const headers = {
      'X-API-KEY': key,
      'Content-Type': 'application/json',
      'Content-Length': `${body.length}`,
    };
    const created = await sendRequest(
      server.port,
      requestText(HDP, '/tasks', { method: 'POST', headers }) + body,
    );
    const { uuid }: { uuid: string } = JSON.parse(created.body);

    const simulated = await sandbox.taskgate(['simulate', '--speed', '100000', '--once']);
    expect(simulated.stderr).toContain('Simulating with seed 1 at speed 100000');
    expect(simulated.code).toBe(0);
    const summary: { transitions: number; completed: number; failed: number } = JSON.parse(simulated.stdout);
    expect(summary).toMatchObject({ made: 0 });
    expect(summary.completed + summary.failed).toBe(1);

    await until(() => receiver.received.length === 1);
    const [webhook] = receiver.received;
    const status = await sendRequest(server.port, requestText(HDP, `/tasks/${uuid}/status`));
    expect(taskEnded.parse(JSON.parse(webhook?.body ?? ''))).toMatchObject({
      task_id: uuid,
      status: JSON.parse(status.body).status,
    });
    const secret = `whsec_${createHash('sha256').update(key).digest('base64')}`;
    new Webhook(secret).verify(webhook?.body ?? '', textHeaders(webhook));
    expect(webhook?.path).toBe('/hook?of=me');
    server.kill('SIGTERM');
    const { stdout } = await server.exited;
    expect(stdout).toContain('webhook delivered');
    expect(stdout).not.toContain('of=me');
  }, 30_000);

  it('goes on until it is asked to end, then prints what it did and ends with 0', async ({ sandbox }) => {
    const running = sandbox.start(['simulate', '--tasks', '5', '--seed', '7', '--speed', '1000']);
    await until(() => running.stderr().includes('Simulating'));
    await setTimeout(1500);
    running.kill('SIGTERM');
    const { code, stdout } = await running.exited;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ made: 5 });
  });

  it.each([
    ['--speed', '0'],
    ['--speed', 'fast'],
    ['--speed', '1e9'],
    ['--speed', '1000001'],
    ['--seed', '-1'],
    ['--tasks', '1.5'],
  ])('refuses %s %s in one sentence', async (option, value) => {
    const cli = await createCli();
    const { code, stderr } = await cli.run(['simulate', option, value]);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
