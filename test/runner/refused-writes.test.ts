import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { UnwritableTaskError } from '../../src/db/queries/task-runs.ts';
import { createClock } from '../support/clock.ts';
import { addServicesTasks, NOW } from '../support/gateway.ts';
import { createTestRunner, LEASE_MS } from '../support/runner.ts';
import {
  createManualWait,
  createRecordingAction,
  messagesOf,
  type TaskChanges,
  taskDueAt,
} from '../support/runner-tasks.ts';
import { aServicesTask } from '../support/tasks.ts';

// A database file on which triggers of another connection refuse the writes of some rows.

const CHAIN = 1764;

async function createTasks(...tasks: TaskChanges[]) {
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  const path = join(folder, 'tasks.db');
  const clock = createClock();
  const store = openStore(path, { leaseClock: clock.read });
  await store.migrate();
  await addServicesTasks(store, ...tasks.map((task) => aServicesTask(task)));
  const connection = new Database(path);
  const errors: unknown[] = [];
  const { action, taskIds } = createRecordingAction();
  const { wait, wake, isPending } = createManualWait();
  const runner = createTestRunner(store, [action], {
    now: clock.read,
    onError: (error) => errors.push(error),
    wait,
  });
  onTestFinished(async () => {
    await runner.stop();
    connection.close();
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const statusOf = async (id: number, chain = CHAIN) =>
    (await store.servicesTaskLifecycle.find(chain, id))?.status;
  return {
    store,
    runner,
    clock,
    errors,
    /** The tasks whose action has run, oldest first. */
    executedIds: taskIds,
    /** Creates a trigger that refuses a kind of write. */
    refuse: (trigger: string, write: string, how: 'ABORT' | 'ROLLBACK' = 'ABORT') =>
      connection.exec(
        `CREATE TRIGGER ${trigger} BEFORE ${write} BEGIN SELECT RAISE(${how}, '${trigger} refused'); END`,
      ),
    allow: (trigger: string) => connection.exec(`DROP TRIGGER ${trigger}`),
    wake,
    isWaiting: isPending,
    statusOf,
    /** Advances the clock by a second and returns the status of a task. */
    async statusAfterSecond(id: number) {
      clock.now += 1000;
      wake();
      return statusOf(id);
    },
    find: (id: number) => store.servicesTaskLifecycle.find(CHAIN, id),
    messages: (id: number) => messagesOf(store, id),
  };
}

const dueTask = (id: number, changes: object = {}) => ({
  ...taskDueAt(id, '2026-06-01T11:00:00Z', 'record'),
  ...changes,
});

/** Returns the id of the task of each UnwritableTaskError, and other errors unchanged. */
const taskIdsOf = (errors: readonly unknown[]) =>
  errors.map((error) => (error instanceof UnwritableTaskError ? error.task : error));

describe('tasks that cannot be claimed', () => {
  it('are skipped and reported, while all others run', async () => {
    const tasks = await createTasks(dueTask(1), dueTask(2), dueTask(3), dueTask(8, { chain: 9 }));
    tasks.refuse('claims', 'UPDATE ON services_tasks WHEN new.id IN (1, 3)');
    tasks.runner.start();
    await expect.poll(() => tasks.statusOf(8, 9)).toBe('DONE');
    await expect.poll(() => tasks.statusOf(2)).toBe('DONE');
    expect(tasks.executedIds().sort()).toEqual([2, 8]);
    expect(taskIdsOf(tasks.errors).sort()).toEqual([1, 3]);
    expect(String((tasks.errors[0] as Error).cause)).toContain('claims refused');
  });

  it('are retried with backoff, and run as soon as they can be claimed', async () => {
    const tasks = await createTasks(dueTask(1));
    tasks.refuse('claims', 'UPDATE ON services_tasks');
    tasks.runner.start();
    for (const [failures, pauseMs] of [1000, 2000, 4000].entries()) {
      await expect.poll(tasks.isWaiting).toBe(true);
      expect(tasks.errors).toHaveLength(failures + 1);
      tasks.clock.now += pauseMs - 1;
      tasks.wake();
      await expect.poll(tasks.isWaiting).toBe(true);
      expect(tasks.errors).toHaveLength(failures + 1);
      tasks.clock.now += 1;
      if (failures === 2) tasks.allow('claims');
      tasks.wake();
    }
    await expect.poll(() => tasks.statusOf(1)).toBe('DONE');
  });

  it('do not stop others if the writes of their leases or list blocks are refused', async () => {
    const tasks = await createTasks(dueTask(1), dueTask(2, { chain: 9 }), dueTask(3, { chain: 10 }));
    tasks.refuse('leases', 'INSERT ON services_leases WHEN new.task = 1');
    tasks.refuse('lists', `INSERT ON list_blocks WHEN new.list LIKE '["services",9,"INPROGRESS"%'`);
    tasks.runner.start();
    await expect.poll(() => tasks.statusOf(3, 10)).toBe('DONE');
    expect(tasks.executedIds()).toEqual([3]);
    expect(taskIdsOf(tasks.errors).sort()).toEqual([1, 2]);
  });
});

describe('tasks whose lease has expired', () => {
  it('are run again even if the log entry about it is refused', async () => {
    const tasks = await createTasks(dueTask(1));
    await tasks.store.taskRuns.claimNext(['record'], { run: 'killed', leaseMs: LEASE_MS });
    tasks.refuse('logs', 'INSERT ON services_logs');
    tasks.clock.now += LEASE_MS;
    expect(await tasks.runner.execute(CHAIN, 1)).toMatchObject({ task: { status: 'DONE' } });
    expect(await tasks.messages(1)).toEqual([]);
    expect(String(tasks.errors)).toContain('logs refused');
  });

  it('do not stop others if their leases cannot be marked as suspected', async () => {
    const tasks = await createTasks(dueTask(1), dueTask(2), dueTask(3));
    for (const run of ['killed-1', 'killed-2']) {
      await tasks.store.taskRuns.claimNext(['record'], { run, leaseMs: LEASE_MS });
    }
    tasks.refuse('leases', 'UPDATE ON services_leases WHEN new.task = 1');
    tasks.clock.now += LEASE_MS;
    tasks.runner.start();
    await expect.poll(() => tasks.statusOf(3)).toBe('DONE');
    expect(taskIdsOf(tasks.errors)).toEqual([1]);
    tasks.clock.now += LEASE_MS * 0.4;
    tasks.wake();
    await expect.poll(() => tasks.statusOf(2)).toBe('DONE');
    expect(tasks.executedIds()).toEqual([3, 2]);
  });
});

describe('due tasks that no runner supports', () => {
  it('get a warning in their logs; a refused one is reported', async () => {
    const tasks = await createTasks(...[1, 2, 3].map((id) => dueTask(id, { target: { action: 'reindex' } })));
    tasks.refuse('logs', 'INSERT ON services_logs WHEN new.task = 2');
    tasks.runner.start();
    await expect.poll(() => taskIdsOf(tasks.errors)).toEqual([2]);
    expect(await tasks.messages(1)).toHaveLength(1);
    expect(await tasks.messages(3)).toHaveLength(1);
  });
});

describe('an action whose end cannot be written', () => {
  const REFUSES_ENDS = "UPDATE ON services_tasks WHEN new.id = 1 AND new.status IN ('DONE', 'ERROR')";
  const repeated = { trigger: { once: '2026-06-01T11:00:00Z', repeat: 'daily' } };

  it('runs once, lets other tasks run, and is ended as soon as the database accepts it', async () => {
    const tasks = await createTasks(dueTask(1, repeated), dueTask(2));
    tasks.refuse('ends', REFUSES_ENDS);
    tasks.runner.start();
    await expect.poll(() => tasks.statusOf(2)).toBe('DONE');
    const failures = () => taskIdsOf(tasks.errors).filter((id) => id === 1).length;
    await vi.waitUntil(async () => {
      expect(await tasks.statusAfterSecond(1)).toBe('INPROGRESS');
      return failures() >= 3;
    });
    expect((await tasks.find(1))?.version).toBe(1);
    tasks.allow('ends');
    await expect.poll(() => tasks.statusAfterSecond(1)).toBe('DONE');
    expect(await tasks.find(1)).toMatchObject({ version: 2, result: 'result 1' });
    expect(await tasks.messages(1)).toEqual([
      'The next run is task 3, at 2026-06-02T11:00:00Z.',
      'The end of the run is written late: the database refused it at first.',
    ]);
    expect(tasks.executedIds()).toEqual([1, 2]);
  });

  it('runs once even if its lease cannot be written either, and delays no other task', async () => {
    const tasks = await createTasks(dueTask(1), dueTask(2), dueTask(3), dueTask(4));
    tasks.refuse('ends', "UPDATE ON services_tasks WHEN new.id < 4 AND new.status IN ('DONE', 'ERROR')");
    tasks.refuse('leases', 'UPDATE ON services_leases');
    tasks.runner.start();
    await expect.poll(() => tasks.statusAfterSecond(4)).toBe('DONE');
    tasks.allow('leases');
    tasks.allow('ends');
    for (const id of [1, 2, 3]) {
      await expect.poll(() => tasks.statusAfterSecond(id)).toBe('DONE');
    }
    expect(tasks.executedIds()).toEqual([1, 2, 3, 4]);
  });

  it('is not run again when a client executes its task; the request writes the recorded end', async () => {
    const tasks = await createTasks(dueTask(1));
    tasks.refuse('ends', REFUSES_ENDS);
    const firstExecution = tasks.runner.execute(CHAIN, 1).catch((error: unknown) => error);
    const hasEnded = firstExecution.then(() => true);
    await vi.waitUntil(() => {
      tasks.wake();
      return Promise.race([hasEnded, false]);
    });
    expect(await firstExecution).toBeInstanceOf(UnwritableTaskError);
    await expect(tasks.runner.execute(CHAIN, 1)).rejects.toBeInstanceOf(UnwritableTaskError);
    tasks.allow('ends');
    expect(await tasks.runner.execute(CHAIN, 1)).toMatchObject({
      task: { status: 'DONE', result: 'result 1' },
    });
    expect(tasks.executedIds()).toEqual([1]);
    expect(await tasks.runner.execute(CHAIN, 1)).toMatchObject({ task: { status: 'DONE', version: 4 } });
    expect(tasks.executedIds()).toEqual([1, 1]);
  });

  it('is not run again after its process has died, and its file is kept until the end is written', async () => {
    const tasks = await createTasks(dueTask(1));
    const { taskRuns, exportFiles } = tasks.store;
    await taskRuns.claimNext(['record'], { run: 'killed', leaseMs: LEASE_MS });
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
    await taskRuns.claimNext(['record'], { run: 'next', leaseMs: LEASE_MS });
    expect(await exportFiles.listUnused([{ path: end.file, task: 1, run: 'killed' }])).toEqual([]);
    await taskRuns.release(1, 'next');
    tasks.runner.start();
    await expect.poll(() => tasks.statusOf(1)).toBe('DONE');
    expect(await tasks.store.servicesTaskLifecycle.findFile(1)).toMatchObject({ path: end.file });
    expect(tasks.executedIds()).toEqual([]);
  });

  it.each([
    ['log entries', 'logs', 'INSERT ON services_logs'],
    ['the removal of its lease', 'leases', 'DELETE ON services_leases'],
  ])('is DONE even if %s cannot be written', async (_, trigger, write) => {
    const tasks = await createTasks(dueTask(1, repeated));
    tasks.refuse(trigger, write);
    expect(await tasks.runner.execute(CHAIN, 1)).toMatchObject({ task: { status: 'DONE' } });
    expect(String(tasks.errors)).toContain(`${trigger} refused`);
    expect(await tasks.find(2)).toMatchObject({ status: 'READY' });
    tasks.runner.start();
    await expect.poll(tasks.isWaiting).toBe(true);
    expect(tasks.executedIds()).toEqual([1]);
  });

  it('is DONE and creates the next task even if each log entry rolls the transaction back', async () => {
    const tasks = await createTasks(dueTask(1, repeated));
    tasks.refuse('logs', 'INSERT ON services_logs', 'ROLLBACK');
    tasks.runner.start();
    await expect.poll(() => tasks.statusAfterSecond(1)).toBe('DONE');
    expect(tasks.executedIds()).toEqual([1]);
    expect(await tasks.find(2)).toMatchObject({ status: 'READY' });
  });
});
