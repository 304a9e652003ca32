import { setTimeout } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import type { Store } from '../../src/db/open.ts';
import { CLAIMED_AGAIN } from '../../src/db/queries/task-runs.ts';
import { it, type RunningProcess, type Sandbox } from '../support/process.ts';
import { openRawConnection } from '../support/raw-connection.ts';
import {
  CHAIN,
  countTasks,
  createTask,
  createTaskStore,
  listMessages,
  readMarks,
  startWork,
} from '../support/workers.ts';

// Real processes on a database file, stopped or killed during a run.

/** Pauses one of two workers while it holds a task. A lease that stays while the other one works belongs to it. */
async function pauseDuringTask(worker: RunningProcess, store: Store, sandbox: Sandbox): Promise<void> {
  const connection = await openRawConnection(sandbox.databaseUrl);
  const leasedTasks = async () =>
    (await connection.rows<{ task: number }>('SELECT task FROM services_leases')).map(({ task }) => task);
  for (;;) {
    worker.kill('SIGSTOP');
    const before = { leased: await leasedTasks(), done: await countTasks(store, 'DONE') };
    await setTimeout(200);
    const after = new Set(await leasedTasks());
    const isOtherWorking = (await countTasks(store, 'DONE')) > before.done + 1;
    if (isOtherWorking && before.leased.some((id) => after.has(id))) break;
    worker.kill('SIGCONT');
    await setTimeout(20);
  }
  await connection.close();
}

describe('worker processes', () => {
  it('run each of a thousand tasks to its end exactly once when one of two is killed', async ({
    sandbox,
  }) => {
    const ids = Array.from({ length: 1000 }, (_, index) => index + 1);
    const store = await createTaskStore(
      sandbox,
      ...ids.map((id) => createTask(id, { action: 'mark', takes: 5 })),
    );
    const [killed, other] = [startWork(sandbox), startWork(sandbox)];
    await expect.poll(() => countTasks(store, 'DONE'), { timeout: 30_000 }).toBeGreaterThan(300);
    await pauseDuringTask(killed, store, sandbox);
    killed.kill('SIGKILL');
    await killed.exited;
    expect(await countTasks(store, 'DONE')).toBeLessThan(1000);
    const third = startWork(sandbox);
    await expect.poll(() => countTasks(store, 'DONE'), { timeout: 40_000 }).toBe(1000);
    for (const process of [other, third]) {
      process.kill('SIGTERM');
      expect(await process.exited).toMatchObject({ code: 0, stderr: '' });
    }

    const marks = readMarks(sandbox);
    let interrupted = 0;
    for (const id of ids) {
      const row = await store.servicesTaskLifecycle.find(CHAIN, id);
      const isInterrupted = (await listMessages(store, id)).includes(CLAIMED_AGAIN);
      if (isInterrupted) interrupted += 1;
      expect(row).toMatchObject({ status: 'DONE', version: 2 });
      const taskMarks = marks.filter((mark) => mark.id === id);
      // The stored result is that of the last run. Only an interrupted task was run again.
      expect(taskMarks.at(-1)).toEqual({ what: 'end', id, run: row?.result });
      // A run that was killed before it began leaves no mark.
      expect(new Set(taskMarks.map(({ run }) => run)).size).toBeLessThanOrEqual(isInterrupted ? 2 : 1);
      if (isInterrupted)
        expect(taskMarks.slice(-2).map(({ run }) => run)).toEqual([row?.result, row?.result]);
    }
    expect(interrupted).toBeGreaterThan(0);
    expect(interrupted).toBeLessThan(10);
    expect(await store.verify()).toEqual([]);
    await store.close();
  }, 90_000);

  it('release their tasks on SIGTERM, so that another process claims them at once', async ({ sandbox }) => {
    const store = await createTaskStore(sandbox, createTask(1, { action: 'mark', takes: 60_000 }));
    const first = startWork(sandbox);
    await expect.poll(() => listMessages(store, 1), { timeout: 10_000 }).toEqual(['begun']);
    first.kill('SIGTERM');
    expect(await first.exited).toMatchObject({ code: 0, stderr: '' });
    const second = startWork(sandbox);
    await expect
      .poll(() => listMessages(store, 1), { timeout: 10_000 })
      .toEqual(['begun', CLAIMED_AGAIN, 'begun']);
    expect(await store.servicesTaskLifecycle.find(CHAIN, 1)).toMatchObject({
      status: 'INPROGRESS',
      version: 1,
    });
    second.kill('SIGTERM');
    await second.exited;
    await store.close();
  });

  describe.each(['spin', 'count'])('with an action that ignores its abort signal (%s)', (action) => {
    it('exit on SIGTERM within nine seconds and release the task', async ({ sandbox }) => {
      const store = await createTaskStore(sandbox, createTask(1, { action }));
      const first = startWork(sandbox);
      await expect.poll(() => countTasks(store, 'INPROGRESS'), { timeout: 10_000 }).toBe(1);
      first.kill('SIGTERM');
      const stopRequestedAt = performance.now();
      expect(await first.exited).toMatchObject({ code: 0 });
      expect(performance.now() - stopRequestedAt).toBeLessThan(9000);
      expect(await store.taskRuns.claimNext([action], { run: 'next', leaseMs: 1 })).toBeDefined();
      await store.close();
    });
  });

  it('write the cause of an unexpected error to the server log only', async ({ sandbox }) => {
    const store = await createTaskStore(sandbox, createTask(1, { action: 'crash' }));
    const worker = startWork(sandbox);
    await expect.poll(() => countTasks(store, 'ERROR'), { timeout: 10_000 }).toBe(1);
    const [last, first] = await listMessages(store, 1);
    expect(first).toBe('so far so good');
    expect(last).toMatch(/^The run failed unexpectedly; the server's log says why, under the run [\w-]+\.$/);
    worker.kill('SIGTERM');
    const { stdout } = await worker.exited;
    expect(stdout).toContain('SELECT secret FROM /path');
    await store.close();
  });
});
