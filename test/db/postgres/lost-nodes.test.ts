/** Worker processes that are suspended or cut off from the database while they run a task. */
import { describe, expect } from 'vitest';
import type { Store } from '../../../src/db/open.ts';
import { CLAIMED_AGAIN } from '../../../src/db/queries/task-runs.ts';
import { it, type RunningProcess, type Sandbox } from '../../support/process.ts';
import { openRawConnection } from '../../support/raw-connection.ts';
import { startTcpProxy } from '../../support/tcp-proxy.ts';
import {
  CHAIN,
  countTasks,
  createTask,
  createTaskStore,
  listMessages,
  readMarks,
  startWork,
} from '../../support/workers.ts';

const TIMEOUT = { timeout: 30_000 };

/** Longer than the lease of a second and its grace period: the action ends while its process has lost the task. */
const ACTION_MS = 2500;

const END_CONNECTIONS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'taskgate'`;

/** Starts a worker, and returns when it runs the task. */
async function startFirst(sandbox: Sandbox, store: Store, env: NodeJS.ProcessEnv = {}) {
  const first = startWork(sandbox, env);
  await expect.poll(() => listMessages(store, 1), TIMEOUT).toEqual(['begun']);
  return first;
}

/** Starts another worker, and returns when it has taken the task over. */
async function startSecond(sandbox: Sandbox, store: Store) {
  const second = startWork(sandbox);
  await expect.poll(() => listMessages(store, 1), TIMEOUT).toEqual(['begun', CLAIMED_AGAIN, 'begun']);
  return second;
}

/** Expects that the task has the result of the second run, and that the first run left no trace. */
async function expectSecondResult(sandbox: Sandbox, store: Store, processes: readonly RunningProcess[]) {
  await expect.poll(() => countTasks(store, 'DONE'), TIMEOUT).toBe(1);
  // A worker stops when its runs have ended.
  for (const process of processes) {
    process.kill('SIGTERM');
    expect(await process.exited).toMatchObject({ code: 0, stderr: '' });
  }
  const begins = readMarks(sandbox).filter(({ what }) => what === 'begin');
  expect(begins).toHaveLength(2);
  const row = await store.servicesTaskLifecycle.find(CHAIN, 1);
  expect(row).toMatchObject({ status: 'DONE', version: 2, result: begins[1]?.run });
  expect(await listMessages(store, 1)).toEqual(['begun', CLAIMED_AGAIN, 'begun']);
  expect(await store.verify()).toEqual([]);
  await store.close();
}

describe('a worker that is suspended while it runs a task', () => {
  it('loses the task after its lease; its late result is refused while the other one runs', async ({
    sandbox,
  }) => {
    const store = await createTaskStore(sandbox, createTask(1, { action: 'mark', takes: ACTION_MS }));
    const first = await startFirst(sandbox, store);
    first.kill('SIGSTOP');
    const second = await startSecond(sandbox, store);
    first.kill('SIGCONT');
    await expectSecondResult(sandbox, store, [first, second]);
  });

  it('loses the task after its lease; its late result is refused after the other one has ended', async ({
    sandbox,
  }) => {
    const store = await createTaskStore(sandbox, createTask(1, { action: 'mark', takes: ACTION_MS }));
    const first = await startFirst(sandbox, store);
    first.kill('SIGSTOP');
    const second = await startSecond(sandbox, store);
    await expect.poll(() => countTasks(store, 'DONE'), TIMEOUT).toBe(1);
    first.kill('SIGCONT');
    await expectSecondResult(sandbox, store, [first, second]);
  });
});

describe('a worker that is cut off from the database while it runs a task', () => {
  it.for(['closed', 'silent'] as const)(
    'loses the task after its lease, and its late result is refused: connections are %s',
    async (how, { sandbox }) => {
      const store = await createTaskStore(sandbox, createTask(1, { action: 'mark', takes: ACTION_MS }));
      const url = new URL(sandbox.databaseUrl);
      const proxy = await startTcpProxy(Number(url.port));
      url.port = String(proxy.port);
      const first = await startFirst(sandbox, store, { DATABASE_URL: url.href });
      proxy.cut(how);
      const second = await startSecond(sandbox, store);
      proxy.restore();
      await expectSecondResult(sandbox, store, [first, second]);
    },
  );
});

describe('workers whose connections are ended while they run tasks', () => {
  it('keep their tasks', async ({ sandbox }) => {
    const ids = [1, 2, 3, 4];
    const tasks = ids.map((id) => createTask(id, { action: 'mark', takes: 1500 }));
    const store = await createTaskStore(sandbox, ...tasks);
    const workers = [startWork(sandbox), startWork(sandbox)];
    const connection = await openRawConnection(sandbox.databaseUrl);
    await expect.poll(() => countTasks(store, 'INPROGRESS'), TIMEOUT).toBe(2);
    while ((await countTasks(store, 'DONE').catch(() => 0)) < ids.length) {
      await connection.rows(END_CONNECTIONS);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    for (const worker of workers) {
      worker.kill('SIGTERM');
      expect(await worker.exited).toMatchObject({ code: 0, stderr: '' });
    }
    const begun = readMarks(sandbox).filter(({ what }) => what === 'begin');
    expect(begun.map(({ id }) => id).sort()).toEqual(ids);
    await connection.close();
    await store.close();
  }, 30_000);
});
