import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Action } from '../../src/actions/action.ts';
import { openStore } from '../../src/db/open.ts';
import { UnwritableTaskError } from '../../src/db/queries/task-runs.ts';
import { addServicesTasks, logsOf, NOW } from '../support/gateway.ts';
import { createTestRunner, LEASE_MS } from '../support/runner.ts';
import { aServicesTask } from '../support/tasks.ts';

// A real file, in which triggers of another connection refuse some rows.

const CHAIN = 1764;

async function createTasks(...tasks: Parameters<typeof aServicesTask>[0][]) {
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  const path = join(folder, 'tasks.db');
  const store = openStore(path);
  await store.migrate();
  await addServicesTasks(store, ...tasks.map((task) => aServicesTask(task)));
  const other = new Database(path);
  const clock = { now: NOW };
  const begun: number[] = [];
  const errors: unknown[] = [];
  const note: Action = {
    name: 'note',
    async run({ id }) {
      begun.push(id);
      return { result: `result ${id}` };
    },
  };
  const wakes = new Set<() => void>();
  const runner = createTestRunner(store, [note], {
    now: () => clock.now,
    onError: (error) => errors.push(error),
    wait: (_, signal) =>
      new Promise((resolve) => {
        wakes.add(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
  });
  onTestFinished(async () => {
    await runner.stop();
    other.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return {
    store,
    runner,
    clock,
    begun,
    errors,
    refuse: (name: string, what: string) =>
      other.exec(`CREATE TRIGGER ${name} BEFORE ${what} BEGIN SELECT RAISE(ABORT, '${name} refused'); END`),
    allow: (name: string) => other.exec(`DROP TRIGGER ${name}`),
    /** Ends every wait of the runner. */
    wake() {
      for (const resolve of wakes) resolve();
      wakes.clear();
    },
    isWaiting: () => wakes.size > 0,
    find: async (id: number, chain = CHAIN) => store.servicesTaskLifecycle.find(chain, id),
    messages: async (id: number) =>
      logsOf(await store.servicesTaskLifecycle.findLogged(CHAIN, id, { limit: 100, offset: 0 })).map(
        ({ message }) => message,
      ),
  };
}

const due = (id: number, changes: object = {}) => ({
  id,
  trigger: { once: '2026-06-01T11:00:00Z' },
  target: { action: 'note' },
  ...changes,
});

const namesOf = (errors: readonly unknown[]) =>
  errors.map((error) => (error instanceof UnwritableTaskError ? error.task : error));

describe('tasks that cannot be claimed', () => {
  it('are passed over and named, and all others run', async () => {
    const tasks = await createTasks(due(1), due(2), due(3), due(8, { chain: 9 }));
    tasks.refuse('claims', 'UPDATE ON services_tasks WHEN new.id IN (1, 3)');
    tasks.runner.start();
    await expect.poll(async () => (await tasks.find(8, 9))?.status).toBe('DONE');
    await expect.poll(async () => (await tasks.find(2))?.status).toBe('DONE');
    expect(tasks.begun.sort()).toEqual([2, 8]);
    expect(namesOf(tasks.errors).sort()).toEqual([1, 3]);
    expect(String((tasks.errors[0] as Error).cause)).toContain('claims refused');
  });

  it('are tried again after a pause, and run once they can be claimed', async () => {
    const tasks = await createTasks(due(1));
    tasks.refuse('claims', 'UPDATE ON services_tasks');
    tasks.runner.start();
    for (const [failures, pause] of [1000, 2000, 4000].entries()) {
      await expect.poll(tasks.isWaiting).toBe(true);
      expect(tasks.errors).toHaveLength(failures + 1);
      tasks.clock.now += pause - 1;
      tasks.wake();
      await expect.poll(tasks.isWaiting).toBe(true);
      expect(tasks.errors).toHaveLength(failures + 1);
      tasks.clock.now += 1;
      if (failures === 2) tasks.allow('claims');
      tasks.wake();
    }
    await expect.poll(async () => (await tasks.find(1))?.status).toBe('DONE');
  });

  it('do not stop others when the rows of their leases or their lists are refused', async () => {
    const tasks = await createTasks(due(1), due(2, { chain: 9 }), due(3, { chain: 10 }));
    tasks.refuse('leases', 'INSERT ON services_leases WHEN new.task = 1');
    tasks.refuse('lists', `INSERT ON list_blocks WHEN new.list LIKE '["services",9,"INPROGRESS"%'`);
    tasks.runner.start();
    await expect.poll(async () => (await tasks.find(3, 10))?.status).toBe('DONE');
    expect(tasks.begun).toEqual([3]);
    expect(namesOf(tasks.errors).sort()).toEqual([1, 2]);
  });
});

describe('tasks whose lease has expired', () => {
  it('are run again although the log refuses to say so', async () => {
    const tasks = await createTasks(due(1));
    await tasks.store.taskRuns.claimNext(['note'], { run: 'killed', now: NOW, until: NOW + LEASE_MS });
    tasks.refuse('logs', 'INSERT ON services_logs');
    tasks.clock.now += LEASE_MS;
    expect(await tasks.runner.execute(CHAIN, 1)).toMatchObject({ task: { status: 'DONE' } });
    expect(await tasks.messages(1)).toEqual([]);
    expect(String(tasks.errors)).toContain('logs refused');
  });

  it('do not stop others while their leases cannot be marked', async () => {
    const tasks = await createTasks(due(1), due(2), due(3));
    for (const run of ['killed-1', 'killed-2']) {
      await tasks.store.taskRuns.claimNext(['note'], { run, now: NOW, until: NOW + LEASE_MS });
    }
    tasks.refuse('leases', 'UPDATE ON services_leases WHEN new.task = 1');
    tasks.clock.now += LEASE_MS;
    tasks.runner.start();
    await expect.poll(async () => (await tasks.find(3))?.status).toBe('DONE');
    expect(namesOf(tasks.errors)).toEqual([1]);
    tasks.clock.now += LEASE_MS * 0.4;
    tasks.wake();
    await expect.poll(async () => (await tasks.find(2))?.status).toBe('DONE');
    expect(tasks.begun).toEqual([3, 2]);
  });
});

describe('due tasks that no runner supports', () => {
  it('are warned of although the log of one refuses it, which is named', async () => {
    const tasks = await createTasks(...[1, 2, 3].map((id) => due(id, { target: { action: 'reindex' } })));
    tasks.refuse('logs', 'INSERT ON services_logs WHEN new.task = 2');
    tasks.runner.start();
    await expect.poll(() => namesOf(tasks.errors)).toEqual([2]);
    expect(await tasks.messages(1)).toHaveLength(1);
    expect(await tasks.messages(3)).toHaveLength(1);
  });
});
