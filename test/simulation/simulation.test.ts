import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HDP_STAGES } from '../../src/db/model/hdp-stages.ts';
import { openStore, type Store } from '../../src/db/open.ts';
import { transitionBody } from '../../src/hdp/transition.ts';
import { type SimulationOptions, simulate } from '../../src/simulation/simulation.ts';
import { addHdpTasks, NOW } from '../support/gateway.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const MINUTE = 60_000;

/** Creates a simulation on a new database, with a clock that advances when it sleeps. */
async function open(defaults: Partial<SimulationOptions> = {}) {
  const store = openStore(':memory:');
  await store.migrate();
  let now = NOW;
  let ids = 0;
  return {
    store,
    elapsed: () => now - NOW,
    run: (options: Partial<SimulationOptions> = {}) =>
      simulate({
        store,
        seed: 1,
        speed: 1,
        tasks: 0,
        once: true,
        now: () => now,
        newUlid: () => {
          ids += 1;
          return ulid(1e9 + ids);
        },
        sleep: async (ms) => {
          now += ms;
        },
        isStopping: () => false,
        ...defaults,
        ...options,
      }),
  };
}

/** Returns the history of every task, without the times and ids of its transitions. */
async function historyOf(store: Store) {
  const { rows } = await store.hdpTasks.list('', { limit: 1000, offset: 0 });
  const histories = rows.map(async ({ uuid }) => {
    const run = await store.hdpTaskLifecycle.find(uuid);
    if (!run) throw new Error(`The task ${uuid} is gone.`);
    const transitions = (await store.hdpTaskLifecycle.listTransitions(uuid)) ?? [];
    return {
      task: { ...run.task, id: 0, createdAt: 0, updatedAt: 0, programId: 0 },
      details: run.details && { ...run.details, task: 0 },
      mmrs: run.mmrs.map((mmr) => ({ ...mmr, task: 0 })),
      transitions: transitions.map(({ fromStatus, toStatus, report: text }) => [fromStatus, toStatus, text]),
    };
  });
  return (await Promise.all(histories)).sort((a, b) => (a.task.uuid < b.task.uuid ? -1 : 1));
}

describe('a simulation', () => {
  it('gives the same history for the same seed on two databases, and a different one for another seed', async () => {
    const [first, second, other] = await Promise.all([open(), open(), open({ seed: 2 })]);
    const summaries = [];
    for (const { run } of [first, second, other]) summaries.push(await run({ tasks: 40 }));
    expect(summaries[0]).toEqual(summaries[1]);
    expect(await historyOf(first.store)).toEqual(await historyOf(second.store));
    expect(await historyOf(other.store)).not.toEqual(await historyOf(first.store));
    expect(first.elapsed()).toBe(second.elapsed());
  });

  it('gives the same tasks a different history with another seed', async () => {
    const databases = await Promise.all([open({ seed: 1 }), open({ seed: 2 }), open({ seed: 2 })]);
    const tasks = Array.from({ length: 20 }, (_, n) => anHdpTask({ uuid: ulid(n) }));
    for (const { store, run } of databases) {
      await addHdpTasks(store, ...tasks);
      await run();
    }
    const [first, second, third] = await Promise.all(databases.map(({ store }) => historyOf(store)));
    expect(second).toEqual(third);
    for (const [n, history] of (first ?? []).entries()) expect(history).not.toEqual(second?.[n]);
  });

  it('ends every task, most of them successfully, and returns the counts', async () => {
    const { store, run } = await open();
    const summary = await run({ tasks: 200 });
    const histories = await historyOf(store);
    const ended = (status: RegExp) => histories.filter(({ task }) => status.test(task.status)).length;
    expect(summary).toMatchObject({
      made: 200,
      completed: ended(/^TaskDecommitmentCompleted$/),
      failed: ended(/Failed$/),
    });
    expect(summary.completed + summary.failed).toBe(200);
    expect(summary.completed).toBeGreaterThan(120);
    expect(summary.failed).toBeGreaterThan(10);
    const changes = histories.flatMap(({ transitions }) => transitions.filter(([from]) => from !== null));
    expect(summary.transitions).toBe(changes.length);
    expect(await store.hdpTasks.listUnfinished(1)).toEqual([]);
  });

  it('sends only valid reports, and every report that a stage requires', async () => {
    const { store, run } = await open();
    await run({ tasks: 60 });
    for (const { task, details, mmrs, transitions } of await historyOf(store)) {
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

  it('changes only the duration at another speed', async () => {
    const slow = await open();
    const fast = await open({ speed: 60 });
    for (const { run } of [slow, fast]) await run({ tasks: 30 });
    expect(await historyOf(fast.store)).toEqual(await historyOf(slow.store));
    expect(slow.elapsed()).toBeGreaterThan(4 * MINUTE);
    expect(slow.elapsed()).toBeLessThan(30 * MINUTE);
    const ratio = slow.elapsed() / fast.elapsed();
    expect(ratio).toBeGreaterThan(50);
    expect(ratio).toBeLessThan(70);
  });

  it('gives a task the same history, whichever other tasks exist and wherever it was interrupted', () =>
    fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 4 }),
        async ([own = 0, ...others], interruptions) => {
          const alone = await open();
          const otherOrder = await open();
          await addHdpTasks(alone.store, anHdpTask({ uuid: ulid(own) }));
          await addHdpTasks(otherOrder.store, ...[...others, own].map((n) => anHdpTask({ uuid: ulid(n) })));
          await alone.run();
          for (const looks of interruptions) {
            let looked = 0;
            const isStopping = () => {
              looked += 1;
              return looked > looks;
            };
            await otherOrder.run({ isStopping });
          }
          await otherOrder.run();
          const [expected] = await historyOf(alone.store);
          expect(await historyOf(otherOrder.store)).toContainEqual(expected);
        },
      ),
      { numRuns: 25 },
    ));

  it('continues from the status of a task, and does not change ended tasks or known values', async () => {
    const { store, run } = await open();
    const known = { programHash: '0x5678', programName: 'mine', dataSourceChains: ['0x1'] };
    await addHdpTasks(
      store,
      anHdpTask({ uuid: ulid(1), status: 'TaskDecommitmentCompleted' }),
      anHdpTask({ uuid: ulid(2), status: 'TraceGenFailed' }),
      anHdpTask({ uuid: ulid(3), status: 'AtlanticProvingCompleted' }),
      anHdpTask({ uuid: ulid(4), ...known }),
    );
    const { transitions } = await run();
    const [done, failed, proven, received] = await historyOf(store);
    expect([done?.transitions, failed?.transitions]).toEqual([[], []]);
    expect(proven?.transitions.map(([from, to]) => [from, to])[0]).toEqual([
      'AtlanticProvingCompleted',
      'TaskDecommitmentStarted',
    ]);
    expect(received?.task).toMatchObject({ ...known, dataSourceChains: '["0x1"]' });
    expect(transitions).toBe((proven?.transitions.length ?? 0) + (received?.transitions.length ?? 0));
  });

  it('does not create the tasks of a seed again if they exist', async () => {
    const { store, run } = await open();
    await run({ tasks: 3 });
    expect(await run({ tasks: 5 })).toMatchObject({ made: 2 });
    expect((await store.hdpTasks.list('', { limit: 1, offset: 0 })).total).toBe(5);
  });

  it('stops on request, also while it creates its tasks', async () => {
    const some = await open({ tasks: 1_000_000 });
    let isStopping = false;
    setTimeout(() => {
      isStopping = true;
    }, 20);
    const { made } = await some.run({ isStopping: () => isStopping });
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(1_000_000);
  });

  it('can succeed when a failed task is retried', async () => {
    const { store, run } = await open();
    await run({ tasks: 100 });
    const failed = (await historyOf(store)).filter(({ task }) => task.status.endsWith('Failed'));
    const moment = { now: NOW + 60 * MINUTE, newUlid: () => ulid(2e9 + Math.random() * 1e9) };
    for (const { task } of failed) await store.hdpTaskLifecycle.retry(task.uuid, moment);
    const { completed } = await run();
    expect(completed).toBeGreaterThan(failed.length / 2);
  });

  it('processes tasks that arrive while it runs, until it stops', async () => {
    const { store, run } = await open();
    let slept = 0;
    const { completed, failed } = await run({
      once: false,
      speed: 1e6,
      sleep: async () => {
        slept += 1;
        if (slept === 3) await addHdpTasks(store, anHdpTask());
      },
      now: () => NOW + slept * 1000,
      isStopping: () => slept > 20,
    });
    expect(completed + failed).toBe(1);
  });

  it('shares its tasks with another process of the same seed', async () => {
    const { store, run } = await open();
    const summaries = await Promise.all([run({ tasks: 20 }), run({ tasks: 0 })]);
    expect(await store.hdpTasks.listUnfinished(1)).toEqual([]);
    expect(summaries[0].made).toBe(20);
    for (const { transitions } of await historyOf(store)) {
      expect(new Set(transitions.map(([, to]) => to)).size).toBe(transitions.length);
    }
  });
});
