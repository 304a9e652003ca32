/** Servers on one database whose clocks differ. The clock of the database decides. */
import { setTimeout } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, onTestFinished, vi } from 'vitest';
import { openStore } from '../../../src/db/open.ts';
import { CLAIMED_AGAIN } from '../../../src/db/queries/task-runs.ts';
import { parseHdpTask } from '../../../src/ndjson/task-lines.ts';
import { startOutbox } from '../../../src/webhooks/outbox.ts';
import { createCli } from '../../support/cli.ts';
import { addServicesTasks } from '../../support/gateway.ts';
import { createOutboxFile } from '../../support/outbox.ts';
import { it, type Sandbox } from '../../support/process.ts';
import { createTestRunner } from '../../support/runner.ts';
import { anHdpTask, aServicesTask, ulid } from '../../support/tasks.ts';
import {
  CHAIN,
  countTasks,
  createTask,
  createTaskStore,
  listMessages,
  readMarks,
  startWork,
} from '../../support/workers.ts';

const HOUR_MS = 3_600_000;

const LEASE_MS = 1000;

const TIMEOUT = { timeout: 30_000 };

/** Starts `taskgate work` whose clock is ahead of the database, or behind it if negative. */
const startAhead = (sandbox: Sandbox, milliseconds: number) =>
  startWork(sandbox, { CLOCK_OFFSET_MS: String(milliseconds), LEASE_MS: String(LEASE_MS) });

/** Opens the database as a server does whose clock is ahead. */
function openAhead(url: string, milliseconds: number) {
  const now = () => Date.now() + milliseconds;
  return { store: openStore(url, { now }), now };
}

/** Executes the task as a client of a server whose clock is ahead. */
async function execute({ databaseUrl }: Sandbox, milliseconds: number) {
  const { store, now } = openAhead(databaseUrl, milliseconds);
  const action = { name: 'mark', run: async () => ({ result: 'stolen' }) };
  const result = await createTestRunner(store, [action], { now }).execute(CHAIN, 1);
  await store.close();
  return result;
}

describe.each([
  ['ahead', HOUR_MS],
  ['behind', -HOUR_MS],
])('a runner whose clock is an hour %s', (_, offset) => {
  it('claims no task that another runner holds, and takes it over after the lease', async ({ sandbox }) => {
    const store = await createTaskStore(sandbox, createTask(1, { action: 'mark', takes: 60_000 }));
    const holder = startAhead(sandbox, 0);
    await expect.poll(() => listMessages(store, 1), TIMEOUT).toEqual(['begun']);
    expect(await execute(sandbox, offset)).toEqual({ refusal: 'running' });
    startAhead(sandbox, offset);
    await setTimeout(3 * LEASE_MS);
    expect(readMarks(sandbox)).toHaveLength(1);
    holder.kill('SIGKILL');
    await expect.poll(() => listMessages(store, 1), TIMEOUT).toEqual(['begun', CLAIMED_AGAIN, 'begun']);
    await store.close();
  });

  it('keeps its own task, and loses it after its lease', async ({ sandbox }) => {
    const store = await createTaskStore(sandbox, createTask(1, { action: 'mark', takes: 60_000 }));
    const holder = startAhead(sandbox, offset);
    await expect.poll(() => listMessages(store, 1), TIMEOUT).toEqual(['begun']);
    expect(await execute(sandbox, 0)).toEqual({ refusal: 'running' });
    startAhead(sandbox, 0);
    await setTimeout(3 * LEASE_MS);
    expect(readMarks(sandbox)).toHaveLength(1);
    holder.kill('SIGKILL');
    await expect.poll(() => listMessages(store, 1), TIMEOUT).toEqual(['begun', CLAIMED_AGAIN, 'begun']);
    await store.close();
  });

  it('runs a task when it is due, and continues its series after that', async ({ sandbox }) => {
    const once = new Date(Date.now() - 60_000).toISOString();
    const later = new Date(Date.now() + HOUR_MS / 2).toISOString();
    const target = { action: 'mark', takes: 1 };
    const store = await createTaskStore(sandbox);
    await addServicesTasks(
      store,
      aServicesTask({ id: 1, target, trigger: { once, repeat: 'daily' } }),
      aServicesTask({ id: 2, target, trigger: { once: later } }),
    );
    startAhead(sandbox, offset);
    await expect.poll(() => countTasks(store, 'DONE'), TIMEOUT).toBe(1);
    // The runner claims the task that is due first, so it has looked at all tasks before this one is done.
    await addServicesTasks(
      store,
      aServicesTask({ id: 4, target, trigger: { once: new Date().toISOString() } }),
    );
    await expect.poll(() => countTasks(store, 'DONE'), TIMEOUT).toBe(2);
    const { rows } = await store.servicesTasks.list(CHAIN, { status: 'READY' }, { limit: 10, offset: 0 });
    const dueTimes = rows.map(({ trigger }) => Date.parse(JSON.parse(trigger).once));
    const nextOfSeries = Math.floor(Date.parse(once) / 1000) * 1000 + 24 * HOUR_MS;
    expect(dueTimes.sort()).toEqual([Date.parse(later), nextOfSeries]);
    await store.close();
  });

  it('sends no webhook that another server is sending', async () => {
    const { outbox, path } = await createOutboxFile();
    const sent: string[] = [];
    const receiver = Promise.withResolvers<void>();
    const start = (name: string, ahead: number) => {
      const { store, now } = openAhead(path, ahead);
      const started = startOutbox({
        webhooks: store.hdpWebhooks,
        post: async () => {
          sent.push(name);
          await receiver.promise;
          return { status: 200, retryAfter: undefined };
        },
        log: pino({ level: 'silent' }),
        now,
        random: () => 0,
        pollIntervalMs: 5,
      });
      onTestFinished(() => started.stop().then(store.close));
    };
    await outbox.add(1, { url: 'http://192.0.2.1/', created_at: Date.now(), due_at: Date.now() - 1 });
    start('first', 0);
    await vi.waitUntil(() => sent.length === 1);
    start('second', offset);
    await setTimeout(300);
    receiver.resolve();
    await vi.waitUntil(async () => (await outbox.rows())[0]?.delivered_at !== null);
    expect(sent).toEqual(['first']);
  });

  it('undoes no import that another process is making', async () => {
    const cli = await createCli();
    const store = openStore(cli.databaseUrl());
    const tasks = store.imports.hdp({ isAtomic: true, onConflict: 'error' });
    const add = (n: number, isLast: boolean) =>
      tasks.addBatch([parseHdpTask(JSON.stringify(anHdpTask({ uuid: ulid(n) })))], isLast);
    await add(1, false);
    const { stderr } = await cli.run(['export', 'hdp'], { now: Date.now() + offset });
    expect(stderr).toBe('');
    expect(await add(2, true)).toEqual([{ added: 'inserted' }]);
    await store.close();
  });
});
