import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HDP_STAGES } from '../../src/db/model/hdp-stages.ts';
import type { Store } from '../../src/db/open.ts';
import { transitionBody } from '../../src/hdp/transition.ts';
import { addHdpTasks, NOW } from '../support/gateway.ts';
import { createSimulation } from '../support/simulation.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const MINUTE_MS = 60_000;

/** Returns all tasks with their transitions, without times and database ids. */
async function listHistories(store: Store) {
  const { rows } = await store.hdpTasks.list('', { limit: 1000, offset: 0 });
  const histories = rows.map(async ({ uuid }) => {
    const record = await store.hdpTaskLifecycle.find(uuid);
    if (!record) throw new Error(`The task ${uuid} is gone.`);
    const transitions = (await store.hdpTaskLifecycle.listTransitions(uuid)) ?? [];
    return {
      task: { ...record.task, id: 0, createdAt: 0, updatedAt: 0, programId: 0 },
      details: record.details && { ...record.details, task: 0 },
      mmrs: record.mmrs.map((mmr) => ({ ...mmr, task: 0 })),
      transitions: transitions.map(({ fromStatus, toStatus, report: text }) => [fromStatus, toStatus, text]),
    };
  });
  return (await Promise.all(histories)).sort((a, b) => (a.task.uuid < b.task.uuid ? -1 : 1));
}

describe('a simulation', () => {
  it('creates the same histories for the same seed, and different ones for another seed', async () => {
    const [first, second, other] = await Promise.all([
      createSimulation(),
      createSimulation(),
      createSimulation({ seed: 2 }),
    ]);
    const summaries = [];
    for (const { run } of [first, second, other]) summaries.push(await run({ tasks: 40 }));
    expect(summaries[0]).toEqual(summaries[1]);
    expect(await listHistories(first.store)).toEqual(await listHistories(second.store));
    expect(await listHistories(other.store)).not.toEqual(await listHistories(first.store));
    expect(first.elapsedMs()).toBe(second.elapsedMs());
  });

  it('moves the same tasks differently with another seed', async () => {
    const databases = await Promise.all([
      createSimulation({ seed: 1 }),
      createSimulation({ seed: 2 }),
      createSimulation({ seed: 2 }),
    ]);
    const tasks = Array.from({ length: 20 }, (_, n) => anHdpTask({ uuid: ulid(n) }));
    for (const { store, run } of databases) {
      await addHdpTasks(store, ...tasks);
      await run();
    }
    const [first, second, third] = await Promise.all(databases.map(({ store }) => listHistories(store)));
    expect(second).toEqual(third);
    for (const [n, history] of (first ?? []).entries()) expect(history).not.toEqual(second?.[n]);
  });

  it('ends every task, most of them completed, and returns the counts', async () => {
    const { store, run } = await createSimulation();
    const summary = await run({ tasks: 200 });
    const histories = await listHistories(store);
    const countEnded = (status: RegExp) => histories.filter(({ task }) => status.test(task.status)).length;
    expect(summary).toMatchObject({
      made: 200,
      completed: countEnded(/^TaskDecommitmentCompleted$/),
      failed: countEnded(/Failed$/),
    });
    expect(summary.completed + summary.failed).toBe(200);
    expect(summary.completed).toBeGreaterThan(120);
    expect(summary.failed).toBeGreaterThan(10);
    const reported = histories.flatMap(({ transitions }) => transitions.filter(([from]) => from !== null));
    expect(summary.transitions).toBe(reported.length);
    expect(await store.hdpTasks.listUnfinished(1)).toEqual([]);
  });

  it('makes valid reports, and sets every field that a completed stage must set', async () => {
    const { store, run } = await createSimulation();
    await run({ tasks: 60 });
    for (const { task, details, mmrs, transitions } of await listHistories(store)) {
      for (const [, , text] of transitions.slice(1)) transitionBody.parse(JSON.parse(String(text)));
      if (task.status.endsWith('Failed')) expect(details?.errorMessage).not.toBeNull();
      if (task.status !== 'TaskDecommitmentCompleted') continue;
      expect(transitions.map(([, to]) => to)).toEqual([
        'Received',
        ...HDP_STAGES.flatMap((stage) => [`${stage}Started`, `${stage}Completed`]),
      ]);
      expect(Object.entries(task).filter(([, value]) => value === null)).toEqual(
        task.scheduleMode === 'offchain' ? [['scheduleTxHash', null]] : [],
      );
      expect(details?.transactionHash).toMatch(/^0x[0-9a-f]{64}$/);
      expect(mmrs).toHaveLength(2);
    }
  });

  it('has the same histories at another speed, in proportionate time', async () => {
    const slow = await createSimulation();
    const fast = await createSimulation({ speed: 60 });
    for (const { run } of [slow, fast]) await run({ tasks: 30 });
    expect(await listHistories(fast.store)).toEqual(await listHistories(slow.store));
    expect(slow.elapsedMs()).toBeGreaterThan(4 * MINUTE_MS);
    expect(slow.elapsedMs()).toBeLessThan(30 * MINUTE_MS);
    const ratio = slow.elapsedMs() / fast.elapsedMs();
    expect(ratio).toBeGreaterThan(50);
    expect(ratio).toBeLessThan(70);
  });

  it('moves a task independently of other tasks and of interruptions', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 4 }),
        async ([n = 0, ...others], interruptions) => {
          const alone = await createSimulation();
          const withOthers = await createSimulation();
          await addHdpTasks(alone.store, anHdpTask({ uuid: ulid(n) }));
          await addHdpTasks(
            withOthers.store,
            ...[...others, n].map((each) => anHdpTask({ uuid: ulid(each) })),
          );
          await alone.run();
          for (const maxSteps of interruptions) {
            let steps = 0;
            const isStopping = () => {
              steps += 1;
              return steps > maxSteps;
            };
            await withOthers.run({ isStopping });
          }
          await withOthers.run();
          const [expected] = await listHistories(alone.store);
          expect(await listHistories(withOthers.store)).toContainEqual(expected);
        },
      ),
      { numRuns: 25 },
    ));

  it('continues each task from its status, skips ended tasks, and keeps fields that are set', async () => {
    const { store, run } = await createSimulation();
    const fields = { programHash: '0x5678', programName: 'mine', dataSourceChains: ['0x1'] };
    await addHdpTasks(
      store,
      anHdpTask({ uuid: ulid(1), status: 'TaskDecommitmentCompleted' }),
      anHdpTask({ uuid: ulid(2), status: 'TraceGenFailed' }),
      anHdpTask({ uuid: ulid(3), status: 'AtlanticProvingCompleted' }),
      anHdpTask({ uuid: ulid(4), ...fields }),
    );
    const { transitions } = await run();
    const [done, failed, proven, received] = await listHistories(store);
    expect([done?.transitions, failed?.transitions]).toEqual([[], []]);
    expect(proven?.transitions.map(([from, to]) => [from, to])[0]).toEqual([
      'AtlanticProvingCompleted',
      'TaskDecommitmentStarted',
    ]);
    expect(received?.task).toMatchObject({ ...fields, dataSourceChains: '["0x1"]' });
    expect(transitions).toBe((proven?.transitions.length ?? 0) + (received?.transitions.length ?? 0));
  });

  it('creates only the tasks of its seed that do not exist yet', async () => {
    const { store, run } = await createSimulation();
    await run({ tasks: 3 });
    expect(await run({ tasks: 5 })).toMatchObject({ made: 2 });
    expect((await store.hdpTasks.list('', { limit: 1, offset: 0 })).total).toBe(5);
  });

  it('stops on requestText, even while it creates its tasks', async () => {
    const simulation = await createSimulation({ tasks: 1_000_000 });
    let isStopping = false;
    setTimeout(() => {
      isStopping = true;
    }, 20);
    const { made } = await simulation.run({ isStopping: () => isStopping });
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(1_000_000);
  });

  it('completes most failed tasks that are retried', async () => {
    const { store, run, retry } = await createSimulation();
    await run({ tasks: 100 });
    const failed = (await listHistories(store)).filter(({ task }) => task.status.endsWith('Failed'));
    for (const { task } of failed) await retry(task.uuid);
    const { completed } = await run();
    expect(completed).toBeGreaterThan(failed.length / 2);
  });

  it('moves tasks that are created while it runs, until it is stopped', async () => {
    const { store, run } = await createSimulation();
    let sleeps = 0;
    const { completed, failed } = await run({
      once: false,
      speed: 1e6,
      sleep: async () => {
        sleeps += 1;
        if (sleeps === 3) await addHdpTasks(store, anHdpTask());
      },
      now: () => NOW + sleeps * 1000,
      isStopping: () => sleeps > 20,
    });
    expect(completed + failed).toBe(1);
  });

  it('makes each transition once if another process simulates the same tasks', async () => {
    const { store, run } = await createSimulation();
    const summaries = await Promise.all([run({ tasks: 20 }), run({ tasks: 0 })]);
    expect(await store.hdpTasks.listUnfinished(1)).toEqual([]);
    expect(summaries[0].made).toBe(20);
    for (const { transitions } of await listHistories(store)) {
      expect(new Set(transitions.map(([, to]) => to)).size).toBe(transitions.length);
    }
  });
});
