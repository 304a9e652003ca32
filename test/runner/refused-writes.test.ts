import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
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
    refuse: (name: string, what: string, how: 'ABORT' | 'ROLLBACK' = 'ABORT') =>
      other.exec(`CREATE TRIGGER ${name} BEFORE ${what} BEGIN SELECT RAISE(${how}, '${name} refused'); END`),
    allow: (name: string) => other.exec(`DROP TRIGGER ${name}`),
    /** Lets a second pass. @returns the status of a task */
    async statusAfterSecond(id: number) {
      clock.now += 1000;
      this.wake();
      return (await this.find(id))?.status;
    },
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

describe('an action whose end cannot be written', () => {
  const REFUSES_ENDS = "UPDATE ON services_tasks WHEN new.id = 1 AND new.status IN ('DONE', 'ERROR')";
  const repeated = { trigger: { once: '2026-06-01T11:00:00Z', repeat: 'daily' } };

  it('runs once, others run meanwhile, and its end is written when it can be', async () => {
    const tasks = await createTasks(due(1, repeated), due(2));
    tasks.refuse('ends', REFUSES_ENDS);
    tasks.runner.start();
    await expect.poll(async () => (await tasks.find(2))?.status).toBe('DONE');
    const named = () => namesOf(tasks.errors).filter((name) => name === 1);
    await vi.waitUntil(async () => {
      expect(await tasks.statusAfterSecond(1)).toBe('INPROGRESS');
      return named().length >= 3;
    });
    expect((await tasks.find(1))?.version).toBe(1);
    tasks.allow('ends');
    await expect.poll(() => tasks.statusAfterSecond(1)).toBe('DONE');
    expect(await tasks.find(1)).toMatchObject({ version: 2, result: 'result 1' });
    expect(await tasks.messages(1)).toEqual([
      'The next run is task 3, at 2026-06-02T11:00:00Z.',
      'The end of the run is written late: the database refused it at first.',
    ]);
    expect(tasks.begun).toEqual([1, 2]);
  });

  it('runs once although its lease cannot be written either, and keeps no other task waiting', async () => {
    const tasks = await createTasks(due(1), due(2), due(3), due(4));
    tasks.refuse('ends', "UPDATE ON services_tasks WHEN new.id < 4 AND new.status IN ('DONE', 'ERROR')");
    tasks.refuse('leases', 'UPDATE ON services_leases');
    tasks.runner.start();
    await expect.poll(() => tasks.statusAfterSecond(4)).toBe('DONE');
    tasks.allow('leases');
    tasks.allow('ends');
    for (const id of [1, 2, 3]) {
      await expect.poll(() => tasks.statusAfterSecond(id)).toBe('DONE');
    }
    expect(tasks.begun).toEqual([1, 2, 3, 4]);
  });

  it('is not run again by a client that executes it, which writes its end', async () => {
    const tasks = await createTasks(due(1));
    tasks.refuse('ends', REFUSES_ENDS);
    const executed = tasks.runner.execute(CHAIN, 1).catch((error: unknown) => error);
    const isEnded = executed.then(() => true);
    await vi.waitUntil(() => {
      tasks.wake();
      return Promise.race([isEnded, false]);
    });
    expect(await executed).toBeInstanceOf(UnwritableTaskError);
    await expect(tasks.runner.execute(CHAIN, 1)).rejects.toBeInstanceOf(UnwritableTaskError);
    tasks.allow('ends');
    expect(await tasks.runner.execute(CHAIN, 1)).toMatchObject({
      task: { status: 'DONE', result: 'result 1' },
    });
    expect(tasks.begun).toEqual([1]);
    expect(await tasks.runner.execute(CHAIN, 1)).toMatchObject({ task: { status: 'DONE', version: 4 } });
    expect(tasks.begun).toEqual([1, 1]);
  });

  it('is not run again after its process is gone, and its file stays until then', async () => {
    const tasks = await createTasks(due(1));
    const { taskRuns, exportFiles } = tasks.store;
    await taskRuns.claimNext(['note'], { run: 'killed', now: NOW, until: NOW + LEASE_MS });
    const end = {
      status: 'DONE',
      result: 'made',
      file: '1764/1-killed.csv',
      logs: [],
      startedAt: NOW,
    } as const;
    expect(await taskRuns.recordEnd(1, 'other', end)).toBe(false);
    expect(await taskRuns.recordEnd(1, 'killed', end)).toBe(true);
    await taskRuns.release(1, 'killed');
    await taskRuns.claimNext(['note'], { run: 'next', now: NOW, until: NOW + LEASE_MS });
    expect(await exportFiles.listUnused([{ path: end.file, task: 1, run: 'killed' }])).toEqual([]);
    await taskRuns.release(1, 'next');
    tasks.runner.start();
    await expect.poll(async () => (await tasks.find(1))?.status).toBe('DONE');
    expect(await tasks.store.servicesTaskLifecycle.findFile(1)).toMatchObject({ path: end.file });
    expect(tasks.begun).toEqual([]);
  });

  it.each([
    ['log entries', 'logs', 'INSERT ON services_logs'],
    ['that its lease is over', 'leases', 'DELETE ON services_leases'],
  ])('is DONE although %s cannot be written', async (_what, name, refused) => {
    const tasks = await createTasks(due(1, repeated));
    tasks.refuse(name, refused);
    expect(await tasks.runner.execute(CHAIN, 1)).toMatchObject({ task: { status: 'DONE' } });
    expect(String(tasks.errors)).toContain(`${name} refused`);
    expect(await tasks.find(2)).toMatchObject({ status: 'READY' });
    tasks.runner.start();
    await expect.poll(tasks.isWaiting).toBe(true);
    expect(tasks.begun).toEqual([1]);
  });

  it('is DONE and followed although each log entry ends the whole transaction', async () => {
    const tasks = await createTasks(due(1, repeated));
    tasks.refuse('logs', 'INSERT ON services_logs', 'ROLLBACK');
    tasks.runner.start();
    await expect.poll(() => tasks.statusAfterSecond(1)).toBe('DONE');
    expect(tasks.begun).toEqual([1]);
    expect(await tasks.find(2)).toMatchObject({ status: 'READY' });
  });
});
