import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished } from 'vitest';
import { childrenOf, isAlive } from '../support/children.ts';
import { it, killIfRunning } from '../support/process.ts';
import { aServicesTask } from '../support/tasks.ts';
import {
  CHAIN,
  countTasks,
  createTask,
  createTaskStore,
  listMessages,
  readMarks,
  startWork,
} from '../support/workers.ts';

// Real processes on a database file. Their children crash, or the database refuses their writes.

describe('a worker that meets faults', () => {
  it.skipIf(process.platform !== 'linux')('leaves no idle child process behind', async ({ sandbox }) => {
    const actions = ['crash', 'die', 'crash', 'die', 'spin'];
    const store = await createTaskStore(
      sandbox,
      ...actions.map((action, index) => createTask(index + 1, { action })),
    );
    const worker = startWork(sandbox, { RUN_TIMEOUT: '1' });
    await expect.poll(() => countTasks(store, 'ERROR'), { timeout: 20_000 }).toBe(actions.length);
    await expect.poll(() => childrenOf(worker.pid), { timeout: 5000 }).toEqual([]);
    expect(await listMessages(store, 5)).toEqual([
      'The run took longer than 1 s and was ended; RUN_TIMEOUT sets the limit.',
    ]);
    worker.kill('SIGTERM');
    await worker.exited;
    await store.close();
  });

  it.skipIf(process.platform !== 'linux')(
    'ends its child process when it is killed, even while the action blocks the event loop',
    async ({ sandbox }) => {
      const store = await createTaskStore(sandbox, createTask(1, { action: 'spin' }));
      const worker = startWork(sandbox);
      const hasBegun = () => existsSync(join(sandbox.dir, 'exports', 'spinning'));
      await expect.poll(hasBegun, { timeout: 10_000 }).toBe(true);
      const children = childrenOf(worker.pid);
      onTestFinished(() => children.forEach(killIfRunning));
      worker.kill('SIGKILL');
      await expect.poll(() => children.filter(isAlive), { timeout: 10_000 }).toEqual([]);
      expect(children).toHaveLength(1);
      await store.close();
    },
  );

  it('replaces a child process that exits before the action begins', async ({ sandbox }) => {
    const store = await createTaskStore(sandbox, createTask(1, { action: 'mark', takes: 1 }));
    const marker = join(sandbox.dir, 'early-exit');
    const worker = startWork(sandbox, { ACTIONS: './early-exit.js', EARLY_EXIT_MARKER: marker });
    await expect.poll(() => countTasks(store, 'DONE'), { timeout: 10_000 }).toBe(1);
    expect(existsSync(marker)).toBe(true);
    worker.kill('SIGTERM');
    await worker.exited;
    await store.close();
  });

  it('does not run a task twice if another writer blocks the write of its end', async ({ sandbox }) => {
    const store = await createTaskStore(sandbox, createTask(1, { action: 'mark', takes: 300 }));
    const leaseMs = 3000;
    const env = { LEASE_MS: String(leaseMs) };
    const workers = [startWork(sandbox, env), startWork(sandbox, env)];
    await expect.poll(() => listMessages(store, 1), { timeout: 10_000 }).toEqual(['begun']);
    const other = new Database(sandbox.databaseUrl);
    // Longer than the lease and the busy timeout.
    other.exec('BEGIN IMMEDIATE');
    await setTimeout(3 * leaseMs);
    other.exec('COMMIT');
    other.close();
    await expect.poll(() => countTasks(store, 'DONE'), { timeout: 10_000 }).toBe(1);
    const [begin, end, ...rest] = readMarks(sandbox);
    expect([begin?.what, end?.what, ...rest]).toEqual(['begin', 'end']);
    expect(await listMessages(store, 1)).toEqual(['begun']);
    expect(await store.servicesTaskLifecycle.find(CHAIN, 1)).toMatchObject({ version: 2, result: end?.run });
    for (const worker of workers) worker.kill('SIGTERM');
    await Promise.all(workers.map((worker) => worker.exited));
    await store.close();
  }, 40_000);

  it('ends a run whose next task is refused, and says so in the log of the task', async ({ sandbox }) => {
    const trigger = { once: '2026-06-01T12:00:00Z', repeat: 'daily' };
    const repeated = aServicesTask({ id: 1, target: { action: 'mark', takes: 1 }, trigger });
    const store = await createTaskStore(sandbox, repeated);
    const other = new Database(sandbox.databaseUrl);
    other.exec(
      "CREATE TRIGGER refuse BEFORE INSERT ON services_tasks BEGIN SELECT RAISE(FAIL, 'no more'); END",
    );
    const worker = startWork(sandbox);
    await expect.poll(() => countTasks(store, 'DONE'), { timeout: 10_000 }).toBe(1);
    expect(await listMessages(store, 1)).toEqual([
      "The next run could not be created; the server's log says why.",
      'begun',
    ]);
    expect(await countTasks(store, 'READY')).toBe(0);
    worker.kill('SIGTERM');
    expect((await worker.exited).stdout).toContain('no more');
    other.close();
    await store.close();
  });

  it('ends a task in ERROR after one run if the database refuses DONE', async ({ sandbox }) => {
    const store = await createTaskStore(sandbox, createTask(1, { action: 'mark', takes: 1 }));
    const other = new Database(sandbox.databaseUrl);
    other.exec(`CREATE TRIGGER refuse BEFORE UPDATE ON services_tasks WHEN new.status = 'DONE'
      BEGIN SELECT RAISE(FAIL, 'not DONE'); END`);
    const worker = startWork(sandbox);
    await expect.poll(() => countTasks(store, 'ERROR'), { timeout: 15_000 }).toBe(1);
    const [last] = await listMessages(store, 1);
    expect(last).toMatch(
      /^The end of the run could not be written; the server's log says why, under the run/,
    );
    expect(readMarks(sandbox).map(({ what }) => what)).toEqual(['begin', 'end']);
    worker.kill('SIGTERM');
    await worker.exited;
    other.close();
    await store.close();
  });

  it('does not run an action again while its end is refused, even in another process', async ({
    sandbox,
  }) => {
    const store = await createTaskStore(sandbox, createTask(1, { action: 'mark', takes: 1 }));
    const other = new Database(sandbox.databaseUrl);
    other.exec(`CREATE TRIGGER refuse BEFORE UPDATE ON services_tasks WHEN new.status IN ('DONE', 'ERROR')
      BEGIN SELECT RAISE(FAIL, 'no end'); END`);
    const recorded = () => other.prepare('SELECT recorded_end FROM services_leases').pluck().get();
    const first = startWork(sandbox);
    await expect.poll(recorded, { timeout: 15_000, interval: 100 }).toContain('DONE');
    first.kill('SIGKILL');
    await first.exited;
    const second = startWork(sandbox);
    await expect.poll(() => second.stdout(), { timeout: 15_000 }).toContain('"failures":2');
    other.exec('DROP TRIGGER refuse');
    await expect.poll(() => countTasks(store, 'DONE'), { timeout: 15_000 }).toBe(1);
    expect(readMarks(sandbox).map(({ what }) => what)).toEqual(['begin', 'end']);
    second.kill('SIGTERM');
    await second.exited;
    other.close();
    await store.close();
  }, 60_000);
});
