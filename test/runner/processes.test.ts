import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { describe, expect } from 'vitest';
import type { Store } from '../../src/db/open.ts';
import { CLAIMED_AGAIN } from '../../src/db/queries/task-runs.ts';
import { it, type RunningProcess, type Sandbox } from '../support/process.ts';
import {
  CHAIN,
  countTasks,
  createTask,
  createTaskStore,
  listMessages,
  readMarks,
  startWork,
} from '../support/workers.ts';

// Real processes on a real file, killed in the middle.

/** Pauses one of two workers at a moment at which it holds a task: leases that stay while the other one works are its. */
async function pauseWithTask(worker: RunningProcess, store: Store, sandbox: Sandbox): Promise<void> {
  const db = new Database(sandbox.databaseUrl, { readonly: true });
  const leased = () => db.prepare<[], number>('SELECT task FROM services_leases').pluck().all();
  for (;;) {
    worker.kill('SIGSTOP');
    const before = { leased: leased(), done: await countTasks(store, 'DONE') };
    await setTimeout(200);
    const after = new Set(leased());
    const isOtherAtWork = (await countTasks(store, 'DONE')) > before.done + 1;
    if (isOtherAtWork && before.leased.some((id) => after.has(id))) break;
    worker.kill('SIGCONT');
    await setTimeout(20);
  }
  db.close();
}

describe('processes that run tasks', () => {
  it('lose none of a thousand tasks and end none twice when one of two is killed', async ({ sandbox }) => {
    const ids = Array.from({ length: 1000 }, (_, index) => index + 1);
    const store = await createTaskStore(
      sandbox,
      ...ids.map((id) => createTask(id, { action: 'mark', takes: 5 })),
    );
    const [killed, other] = [startWork(sandbox), startWork(sandbox)];
    await expect.poll(() => countTasks(store, 'DONE'), { timeout: 30_000 }).toBeGreaterThan(300);
    await pauseWithTask(killed, store, sandbox);
    killed.kill('SIGKILL');
    await killed.exited;
    const left = await countTasks(store, 'DONE');
    expect(left).toBeLessThan(1000);
    const third = startWork(sandbox);
    await expect.poll(() => countTasks(store, 'DONE'), { timeout: 40_000 }).toBe(1000);
    for (const process of [other, third]) {
      process.kill('SIGTERM');
      expect(await process.exited).toMatchObject({ code: 0, stderr: '' });
    }

    const marks = readMarks(sandbox);
    let again = 0;
    for (const id of ids) {
      const row = await store.servicesTaskLifecycle.find(CHAIN, id);
      const isAgain = (await listMessages(store, id)).includes(CLAIMED_AGAIN);
      if (isAgain) again += 1;
      expect(row).toMatchObject({ status: 'DONE', version: 2 });
      const own = marks.filter((mark) => mark.id === id);
      // The outcome that counts is the last one's, and nobody began but after a break.
      expect(own.at(-1)).toEqual({ what: 'end', id, run: row?.result });
      // Killed before it began, a run leaves no mark.
      expect(new Set(own.map(({ run }) => run)).size).toBeLessThanOrEqual(isAgain ? 2 : 1);
      if (isAgain) expect(own.slice(-2).map(({ run }) => run)).toEqual([row?.result, row?.result]);
    }
    expect(again).toBeGreaterThan(0);
    expect(again).toBeLessThan(10);
    expect(await store.verify()).toEqual([]);
    await store.close();
  }, 90_000);

  it('give up what runs when they are asked to stop, and another takes it at once', async ({ sandbox }) => {
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

  describe.each(['spin', 'count'])('with an action that does not listen (%s)', (action) => {
    it('end all the same, and give up its task', async ({ sandbox }) => {
      const store = await createTaskStore(sandbox, createTask(1, { action }));
      const first = startWork(sandbox);
      await expect.poll(() => countTasks(store, 'INPROGRESS'), { timeout: 10_000 }).toBe(1);
      first.kill('SIGTERM');
      const asked = performance.now();
      expect(await first.exited).toMatchObject({ code: 0 });
      expect(performance.now() - asked).toBeLessThan(9000);
      const now = Date.now();
      expect(await store.taskRuns.claimNext([action], { run: 'next', now, until: now + 1 })).toBeDefined();
      await store.close();
    });
  });

  it('say in the log of a task only where to look, and the rest in their own', async ({ sandbox }) => {
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
