import { describe, expect, it, vi } from 'vitest';
import type { Action } from '../../src/actions/action.ts';
import { openStore, type Store } from '../../src/db/open.ts';
import { CLAIMED_AGAIN, CLAIMED_WITHOUT_LEASE } from '../../src/db/queries/task-runs.ts';
import { createBlockingAction, logLinesAction, TEST_ACTIONS } from '../support/actions.ts';
import { addServicesTasks, logsOf, NOW } from '../support/gateway.ts';
import { createTestRunner, LEASE_MS } from '../support/runner.ts';
import { aServicesTask } from '../support/tasks.ts';

async function openTestStore(...tasks: Parameters<typeof aServicesTask>[0][]): Promise<Store> {
  const store = openStore(':memory:');
  await store.migrate();
  await addServicesTasks(store, ...tasks.map((task) => aServicesTask(task)));
  return store;
}
const now = () => NOW;
const due = (id: number, once: string, action = 'talk') => ({ id, trigger: { once }, target: { action } });
const stateOf = async (store: Store, id: number) =>
  (await store.servicesTaskLifecycle.find(1764, id))?.status;
const messages = async (store: Store, id: number) =>
  logsOf(await store.servicesTaskLifecycle.findLogged(1764, id, { limit: 100, offset: 0 })).map(
    ({ message }) => message,
  );

describe('a runner', () => {
  it('takes the READY tasks whose time has come and whose action there is, oldest first', async () => {
    const order: number[] = [];
    const note: Action = {
      name: 'note',
      async run({ id }) {
        order.push(id);
        return { result: '' };
      },
    };
    const store = await openTestStore(
      due(1, '2026-06-01T11:00:00Z', 'note'),
      due(2, '2026-06-01T13:30:00+02:00', 'note'),
      due(3, '2026-06-01T10:00:00Z', 'note'),
      due(4, '2026-06-01T12:00:01Z', 'note'),
      due(5, '2026-05-01T10:00:00Z', 'bulk issue rewards'),
      { ...due(6, '2026-05-01T10:00:00Z', 'note'), state: { code: 'INPROGRESS' } },
      { ...due(7, '2026-05-01T10:00:00Z', 'note'), state: { code: 'DONE' } },
      { ...due(9, '2026-06-01T10:00:00Z', 'note'), chain: 9 },
    );
    const runner = createTestRunner(store, [note], { now });
    runner.start();
    await expect.poll(() => order).toEqual([3, 9, 1, 2]);
    await runner.stop();
    expect(await stateOf(store, 3)).toBe('DONE');
    expect(await Promise.all([4, 5, 6, 7].map((id) => stateOf(store, id)))).toEqual([
      'READY',
      'READY',
      'INPROGRESS',
      'DONE',
    ]);
  });

  it('looks again after a second, and no sooner, while there is nothing to do', async () => {
    const store = await openTestStore();
    const waits: number[] = [];
    let wake = () => {};
    const wait = (milliseconds: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        waits.push(milliseconds);
        wake = resolve;
        signal.addEventListener('abort', () => resolve());
      });
    const runner = createTestRunner(store, [logLinesAction], { now, wait });
    runner.start();
    await expect.poll(() => waits).toEqual([1000]);
    await addServicesTasks(store, aServicesTask(due(1, '2026-06-01T11:00:00Z')));
    wake();
    await expect.poll(() => stateOf(store, 1)).toBe('DONE');
    await runner.stop();
  });

  it('runs no more at a time than it should', async () => {
    const held = createBlockingAction();
    const store = await openTestStore(...[1, 2, 3].map((id) => due(id, '2026-06-01T11:00:00Z', 'held')));
    const runner = createTestRunner(store, [held.action], { now });
    runner.start();
    await expect.poll(() => stateOf(store, 2)).toBe('INPROGRESS');
    expect(await stateOf(store, 3)).toBe('READY');
    held.unblock();
    await expect.poll(() => stateOf(store, 3)).toBe('DONE');
    await runner.stop();
  });

  it('goes on after a task that failed, and tells its error to the log alone', async () => {
    const store = await openTestStore(
      due(1, '2026-06-01T10:00:00Z', 'crash'),
      due(2, '2026-06-01T11:00:00Z', 'talk'),
    );
    const errors: unknown[] = [];
    const runner = createTestRunner(store, TEST_ACTIONS, { now, onError: (error) => errors.push(error) });
    runner.start();
    await expect.poll(() => stateOf(store, 2)).toBe('DONE');
    await runner.stop();
    expect(await stateOf(store, 1)).toBe('ERROR');
    expect(errors).toEqual([new Error('SELECT secret FROM /path')]);
  });

  it('makes the next task when a repeated one ends, well or not, and leaves the old one as it is', async () => {
    const repeated = { once: '2026-06-01T11:00:00Z', repeat: 'daily', extra: 1 };
    const store = await openTestStore(
      { id: 1, trigger: repeated, target: { action: 'talk' }, debug: 'x', desc: 'Every day' },
      { id: 2, trigger: repeated, target: { action: 'refuse' } },
    );
    const runner = createTestRunner(store, TEST_ACTIONS, { now });
    runner.start();
    await expect.poll(() => stateOf(store, 4)).toBe('READY');
    await runner.stop();
    expect(await store.servicesTaskLifecycle.find(1764, 3)).toMatchObject({
      description: 'Every day',
      debug: 'x',
      trigger: '{"once":"2026-06-02T11:00:00Z","repeat":"daily","extra":1}',
      target: '{"action":"talk"}',
      version: 0,
      result: null,
      lastRunAt: null,
    });
    expect(await stateOf(store, 1)).toBe('DONE');
    expect(await store.verify()).toEqual([]);
  });

  it('makes no further next task when a repeated one is executed again, even after a break', async () => {
    const trigger = { once: '2026-06-01T11:00:00Z', repeat: 'daily' };
    const store = await openTestStore({
      id: 1,
      trigger,
      target: { action: 'talk' },
      state: { code: 'DONE' },
    });
    await store.taskRuns.claim(1764, 1, ['talk'], { run: 'gone', now: NOW, until: NOW });
    const runner = createTestRunner(store, TEST_ACTIONS, { now });
    expect(await runner.execute(1764, 1)).toMatchObject({ task: { status: 'DONE', version: 2 } });
    expect(await store.servicesTaskLifecycle.find(1764, 2)).toBeUndefined();
  });

  it('takes a task again whose lease has ended, and says so in its log', async () => {
    const store = await openTestStore(due(1, '2026-06-01T11:00:00Z'));
    const claim = { run: 'killed', now: NOW, until: NOW + LEASE_MS };
    await store.taskRuns.claimNext(['talk'], claim);
    let time = NOW + LEASE_MS - 1;
    const runner = createTestRunner(store, [logLinesAction], { now: () => time });
    expect(await runner.execute(1764, 1)).toEqual({ refusal: 'running' });
    time += 1;
    expect(await runner.execute(1764, 1)).toMatchObject({ task: { status: 'DONE', version: 2 } });
    expect(await messages(store, 1)).toEqual([CLAIMED_AGAIN]);
    const end = {
      status: 'ERROR',
      result: null,
      file: null,
      logs: [],
      now: time,
      nextTask: undefined,
    } as const;
    expect(await store.taskRuns.finish(1, 'killed', end)).toBeUndefined();
    expect(await stateOf(store, 1)).toBe('DONE');
  });

  it('renews its lease while it runs, three times in its length', async () => {
    const held = createBlockingAction();
    const store = await openTestStore(due(1, '2026-06-01T11:00:00Z', 'held'));
    let time = NOW;
    const wakes: (() => void)[] = [];
    const waits: number[] = [];
    const wait = (milliseconds: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        waits.push(milliseconds);
        wakes.push(resolve);
        signal.addEventListener('abort', () => resolve());
      });
    const runner = createTestRunner(store, [held.action], { now: () => time, wait });
    const executed = runner.execute(1764, 1);
    await held.started;
    for (let renewal = 1; renewal <= 6; renewal += 1) {
      time += LEASE_MS / 3;
      wakes.at(-1)?.();
      await vi.waitFor(() => expect(waits).toHaveLength(renewal + 1));
    }
    expect(new Set(waits)).toEqual(new Set([LEASE_MS / 3]));
    const claim = { run: 'other', now: time, until: time + 1 };
    expect(await store.taskRuns.claimNext(['held'], claim)).toBeUndefined();
    held.unblock();
    expect(await executed).toMatchObject({ task: { status: 'DONE' } });
  });

  it('ends a run that has lost its task, and drops its outcome', async () => {
    const held = createBlockingAction();
    const store = await openTestStore(due(1, '2026-06-01T11:00:00Z', 'held'));
    let wake = () => {};
    const wait = (_: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        wake = resolve;
        signal.addEventListener('abort', () => resolve());
      });
    const runner = createTestRunner(store, [held.action], { now, wait });
    const executed = runner.execute(1764, 1);
    await held.started;
    const claimAt = (time: number) =>
      store.taskRuns.claimNext(['held'], { run: 'other', now: time, until: time + LEASE_MS });
    expect(await claimAt(NOW + LEASE_MS)).toBeUndefined();
    expect(await claimAt(NOW + LEASE_MS * 1.4)).toMatchObject({ task: { id: 1 }, attempts: 2 });
    wake();
    expect(await executed).toEqual({ refusal: 'lost' });
    expect(await stateOf(store, 1)).toBe('INPROGRESS');
    expect(await messages(store, 1)).toEqual([CLAIMED_AGAIN]);
  });

  it('renews what it runs before it looks for expired leases, as after a pause', async () => {
    const held = createBlockingAction();
    const store = await openTestStore(due(1, '2026-06-01T11:00:00Z', 'held'));
    let time = NOW;
    const runner = createTestRunner(store, [held.action], { now: () => time });
    const executed = runner.execute(1764, 1);
    await held.started;
    time += LEASE_MS + 5000;
    expect(await runner.execute(1764, 1)).toEqual({ refusal: 'running' });
    held.unblock();
    expect(await executed).toMatchObject({ task: { status: 'DONE', version: 2 } });
    expect(await messages(store, 1)).toEqual([]);
  });

  it('leaves an expired lease alone for a while that a running process can still renew', async () => {
    const store = await openTestStore(due(1, '2026-06-01T11:00:00Z'));
    await store.taskRuns.claimNext(['talk'], { run: 'slow', now: NOW, until: NOW + LEASE_MS });
    const claimAt = (time: number) =>
      store.taskRuns.claimNext(['talk'], { run: 'other', now: time, until: time + LEASE_MS });
    const late = NOW + 5 * LEASE_MS;
    expect(await claimAt(late)).toBeUndefined();
    expect(await store.taskRuns.renew(1, 'slow', late + LEASE_MS)).toBe(true);
    expect(await claimAt(late + LEASE_MS)).toBeUndefined();
    expect(await claimAt(late + LEASE_MS * 1.4 - 1)).toBeUndefined();
    expect(await claimAt(late + LEASE_MS * 1.4)).toMatchObject({ task: { id: 1 } });
  });

  it('takes a lease that ends later than it could for expired, as after the clock was put back', async () => {
    const store = await openTestStore(due(1, '2026-06-01T11:00:00Z'), due(2, '2026-06-01T11:00:00Z'));
    const early = { run: 'early', now: NOW + 7_200_000, until: NOW + 7_200_000 + LEASE_MS };
    await store.taskRuns.claimNext(['talk'], early);
    await store.taskRuns.claimNext(['talk'], early);
    let time = NOW;
    const runner = createTestRunner(store, [logLinesAction], { now: () => time });
    expect(await runner.execute(1764, 1)).toMatchObject({ task: { status: 'DONE' } });
    const claim = () =>
      store.taskRuns.claimNext(['talk'], { run: 'other', now: time, until: time + LEASE_MS });
    expect(await claim()).toBeUndefined();
    time += LEASE_MS * 0.4;
    expect(await claim()).toMatchObject({ task: { id: 2 } });
  });

  it('ends a task in ERROR that three runs have left in the middle, without a fourth', async () => {
    const begun: number[] = [];
    const note: Action = {
      name: 'note',
      async run({ id }) {
        begun.push(id);
        return { result: '' };
      },
    };
    const store = await openTestStore(due(1, '2026-06-01T11:00:00Z', 'note'));
    let time = NOW;
    const leave = async () => {
      const claimAt = (now: number) => ({ run: `run at ${now}`, now, until: now + LEASE_MS });
      await store.taskRuns.claimNext(['note'], claimAt(time));
      time += LEASE_MS;
      await store.taskRuns.claimNext(['note'], claimAt(time));
      time += LEASE_MS * 0.4;
    };
    for (let run = 1; run <= 3; run += 1) await leave();
    const runner = createTestRunner(store, [note], { now: () => time });
    runner.start();
    await expect.poll(() => stateOf(store, 1)).toBe('ERROR');
    const [last] = await messages(store, 1);
    expect(last).toBe('The task was started 3 times, but no run ended. Execute the task to run it again.');
    expect(begun).toEqual([]);
    expect(await runner.execute(1764, 1)).toMatchObject({ task: { status: 'DONE' } });
    expect(begun).toEqual([1]);
    await runner.stop();
  });

  it('executes an INPROGRESS task that no run holds, and says so in its log', async () => {
    const store = await openTestStore({ id: 1, target: { action: 'talk' }, state: { code: 'INPROGRESS' } });
    const runner = createTestRunner(store, [logLinesAction], { now });
    expect(await runner.execute(1764, 1)).toMatchObject({ task: { status: 'DONE' } });
    expect(await messages(store, 1)).toEqual([CLAIMED_WITHOUT_LEASE]);
  });

  it('runs due tasks while clients execute as many as they may', async () => {
    const held = createBlockingAction();
    const store = await openTestStore(
      ...[1, 2, 3].map((id) => ({ ...due(id, '2026-07-01T00:00:00Z', 'held') })),
      due(4, '2026-06-01T11:00:00Z'),
    );
    const runner = createTestRunner(store, [held.action, logLinesAction], { now, parallel: 1 });
    const executions = [1, 2, 3].map((id) => runner.execute(1764, id));
    await held.started;
    runner.start();
    await expect.poll(() => stateOf(store, 4)).toBe('DONE');
    held.unblock();
    expect(await Promise.all(executions)).toMatchObject([1, 2, 3].map((id) => ({ task: { id } })));
    await runner.stop();
  });

  it('executes no more tasks of clients at a time than it should', async () => {
    let running = 0;
    let most = 0;
    const note: Action = {
      name: 'note',
      async run() {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        return { result: '' };
      },
    };
    const store = await openTestStore(...[1, 2, 3].map((id) => due(id, '2026-07-01T00:00:00Z', 'note')));
    const runner = createTestRunner(store, [note], { now, parallel: 1 });
    await Promise.all([1, 2, 3].map((id) => runner.execute(1764, id)));
    expect(most).toBe(1);
  });

  it('refuses what one chain executes beyond its share, and lets another chain execute', async () => {
    const held = createBlockingAction();
    const ids = Array.from({ length: 21 }, (_, index) => index + 1);
    const store = await openTestStore(...ids.map((id) => due(id, '2026-07-01T00:00:00Z', 'held')), {
      ...due(30, '2026-07-01T00:00:00Z', 'held'),
      chain: 9,
    });
    const runner = createTestRunner(store, [held.action], { now });
    const executions = ids.slice(1).map((id) => runner.execute(1764, id));
    await expect(runner.execute(1764, 1)).rejects.toThrow('Too many tasks are being executed.');
    const other = runner.execute(9, 30);
    held.unblock();
    expect(await other).toMatchObject({ task: { status: 'DONE' } });
    expect(await Promise.all(executions)).toHaveLength(20);
    expect(await runner.execute(1764, 1)).toMatchObject({ task: { status: 'DONE' } });
  });

  it('claims the tasks of the chains in turn', async () => {
    const order: number[] = [];
    const note: Action = {
      name: 'note',
      async run({ chain }) {
        order.push(chain);
        return { result: '' };
      },
    };
    const of = (chain: number, ...ids: number[]) =>
      ids.map((id) => ({ ...due(id, `2026-06-01T0${chain}:00:00Z`, 'note'), chain }));
    const store = await openTestStore(...of(1, 1, 2, 3, 4), ...of(2, 11, 12), ...of(5, 21, 22, 23));
    const runner = createTestRunner(store, [note], { now, parallel: 1 });
    runner.start();
    await expect.poll(() => order).toEqual([1, 2, 5, 1, 2, 5, 1, 5, 1]);
    await runner.stop();
  });

  it.each([
    ['300 chains with future tasks', 300, 400, [150, 280, 20]],
    ['3000 chains with future tasks', 3000, 400, [150, 280, 20]],
    // The search for the next chain takes three claims.
    ['3000 chains with future tasks and 1100 due ones', 3000, 1100, [150, 280, 150, 150, 20]],
  ])('gives a chain its turn soon among %s', async (_, chains, tasks, order) => {
    const future = Array.from({ length: chains }, (_, index) => ({
      ...due(index + 1, '2027-01-01T00:00:00Z'),
      chain: index + 1,
    }));
    const backlog = Array.from({ length: tasks }, (_, index) => ({
      ...due(10_000 + index, '2020-01-01T00:00:00Z'),
      chain: 150,
    }));
    const others = [20, 280].map((chain) => ({ ...due(20_000 + chain, '2021-01-01T00:00:00Z'), chain }));
    const store = openStore(':memory:');
    await store.migrate();
    await addServicesTasks(store, ...[...future, ...backlog, ...others].map((task) => aServicesTask(task)));
    const claimed: number[] = [];
    while (claimed.length < order.length) {
      const claim = { run: `run-${claimed.length}`, now: NOW, until: NOW + LEASE_MS };
      const next = await store.taskRuns.claimNext(['talk'], claim, claimed.at(-1));
      claimed.push(next?.task.chain ?? 0);
    }
    expect(claimed).toEqual(order);
    await store.close();
  });

  it('ends a run that takes too long in ERROR', async () => {
    const held = createBlockingAction();
    const store = await openTestStore(due(1, '2026-06-01T11:00:00Z', 'held'));
    const runner = createTestRunner(store, [held.action], { now, runTimeoutMs: 20 });
    expect(await runner.execute(1764, 1)).toMatchObject({ task: { status: 'ERROR' } });
    expect(await messages(store, 1)).toEqual([
      'The run took longer than 0.02 s and was ended; RUN_TIMEOUT sets the limit.',
    ]);
  });

  it('warns once in the log of a due task whose action nobody supports', async () => {
    const store = await openTestStore(
      due(1, '2026-06-01T11:00:00Z', 'reindex'),
      due(2, '2026-06-01T12:00:01Z', 'reindex'),
      { id: 3, trigger: { once: '2026-06-01T11:00:00Z' }, target: {} },
      ...Array.from({ length: 150 }, (_, index) => due(10 + index, '2026-06-01T11:00:00Z', 'abc')),
    );
    let wake = () => {};
    let looks = 0;
    const wait = (milliseconds: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (milliseconds === 1000) looks += 1;
        wake = resolve;
        signal.addEventListener('abort', () => resolve());
      });
    const runner = createTestRunner(store, [logLinesAction], { now, wait });
    runner.start();
    for (let look = 1; look <= 12; look += 1) {
      await expect.poll(() => looks).toBe(look);
      if (look === 6) await addServicesTasks(store, aServicesTask(due(5, '2020-01-01T00:00:00Z', 'reindex')));
      wake();
    }
    await runner.stop();
    const warning = ['No runner supports the action of this task. Supported actions: talk.'];
    for (const id of [1, 3, 5, 10, 109, 110, 159]) expect(await messages(store, id)).toEqual(warning);
    expect(await messages(store, 2)).toEqual([]);
  });

  it('keeps every line of a log, in order', async () => {
    const store = await openTestStore({ id: 1, target: { action: 'talk', lines: 50 } });
    const runner = createTestRunner(store, [logLinesAction], { now });
    await runner.execute(1764, 1);
    const expected = Array.from({ length: 50 }, (_, line) => `line ${line + 1}`);
    expect((await messages(store, 1)).reverse()).toEqual(expected);
  });

  it('finds the next task by its index', async () => {
    const store = await openTestStore();
    const claim = { run: 'r', now: NOW, until: NOW };
    expect(await store.taskRuns.claimNext(['a', 'b'], claim)).toBeUndefined();
    expect(await store.taskRuns.claimNext([], claim)).toBeUndefined();
  });
});
