import { describe, expect, it, vi } from 'vitest';
import type { Store } from '../../src/db/open.ts';
import { CLAIMED_AGAIN, CLAIMED_WITHOUT_LEASE } from '../../src/db/queries/task-runs.ts';
import { createBlockingAction, logLinesAction } from '../support/actions.ts';
import { createClock, type TestClock } from '../support/clock.ts';
import { NOW } from '../support/gateway.ts';
import { createTestRunner, LEASE_MS } from '../support/runner.ts';
import {
  createManualWait,
  createRecordingAction,
  messagesOf,
  openClockedTaskStore,
  openTaskStore,
  statusOf,
  taskDueAt,
} from '../support/runner-tasks.ts';

const now = () => NOW;
const GRACE_PERIOD_MS = LEASE_MS * 0.4;

const claimNext = (store: Store, action: string, run = 'other') =>
  store.taskRuns.claimNext([action], { run, leaseMs: LEASE_MS });

/** Opens a store with one task, and the clock that decides its leases. */
async function openClocked(action = 'talk'): Promise<{ store: Store; clock: TestClock }> {
  const clock = createClock();
  return {
    clock,
    store: await openClockedTaskStore(clock.read, taskDueAt(1, '2026-06-01T11:00:00Z', action)),
  };
}

describe('a lease', () => {
  it('expires, so that another run can claim the task; the log of the task says so', async () => {
    const { store, clock } = await openClocked();
    await claimNext(store, 'talk', 'killed');
    clock.now += LEASE_MS - 1;
    const runner = createTestRunner(store, [logLinesAction], { now });
    expect(await runner.execute(1764, 1)).toEqual({ refusal: 'running' });
    clock.now += 1;
    expect(await runner.execute(1764, 1)).toMatchObject({ task: { status: 'DONE', version: 2 } });
    expect(await messagesOf(store, 1)).toEqual([CLAIMED_AGAIN]);
    const end = {
      status: 'ERROR',
      result: null,
      file: null,
      logs: [],
      now: clock.now,
      nextTask: undefined,
    } as const;
    expect(await store.taskRuns.finish(1, 'killed', end)).toBeUndefined();
    expect(await statusOf(store, 1)).toBe('DONE');
  });

  it('is renewed every third of its duration while the task runs', async () => {
    const blocking = createBlockingAction();
    const { store, clock } = await openClocked('held');
    const timer = createManualWait();
    const runner = createTestRunner(store, [blocking.action], { now: clock.read, wait: timer.wait });
    const execution = runner.execute(1764, 1);
    await blocking.started;
    for (let renewal = 1; renewal <= 6; renewal += 1) {
      clock.now += LEASE_MS / 3;
      timer.wake();
      await vi.waitFor(() => expect(timer.durationsMs).toHaveLength(renewal + 1));
    }
    expect(new Set(timer.durationsMs)).toEqual(new Set([LEASE_MS / 3]));
    const claim = { run: 'other', leaseMs: LEASE_MS };
    expect(await store.taskRuns.claimNext(['held'], claim)).toBeUndefined();
    blocking.unblock();
    expect(await execution).toMatchObject({ task: { status: 'DONE' } });
  });

  it('that is lost aborts the run, whose outcome is discarded', async () => {
    const blocking = createBlockingAction();
    const { store, clock } = await openClocked('held');
    const timer = createManualWait();
    const runner = createTestRunner(store, [blocking.action], { now, wait: timer.wait });
    const execution = runner.execute(1764, 1);
    await blocking.started;
    clock.now += LEASE_MS;
    expect(await claimNext(store, 'held')).toBeUndefined();
    clock.now += GRACE_PERIOD_MS;
    const claimed = await claimNext(store, 'held');
    expect(claimed).toMatchObject({ task: { id: 1 }, attempts: 2 });
    timer.wake();
    expect(await execution).toEqual({ refusal: 'lost' });
    expect(await statusOf(store, 1)).toBe('INPROGRESS');
    expect(await messagesOf(store, 1)).toEqual([CLAIMED_AGAIN]);
  });

  it('is renewed before the same process looks for expired leases, such as after a pause', async () => {
    const blocking = createBlockingAction();
    const { store, clock } = await openClocked('held');
    const runner = createTestRunner(store, [blocking.action], { now: clock.read });
    const execution = runner.execute(1764, 1);
    await blocking.started;
    clock.now += LEASE_MS + 5000;
    expect(await runner.execute(1764, 1)).toEqual({ refusal: 'running' });
    blocking.unblock();
    expect(await execution).toMatchObject({ task: { status: 'DONE', version: 2 } });
    expect(await messagesOf(store, 1)).toEqual([]);
  });

  it('can be renewed during a grace period after it has expired', async () => {
    const { store, clock } = await openClocked();
    await claimNext(store, 'talk', 'slow');
    clock.now += 5 * LEASE_MS;
    expect(await claimNext(store, 'talk')).toBeUndefined();
    expect(await store.taskRuns.renew(1, 'slow', LEASE_MS)).toBe(true);
    clock.now += LEASE_MS;
    expect(await claimNext(store, 'talk')).toBeUndefined();
    clock.now += GRACE_PERIOD_MS - 1;
    expect(await claimNext(store, 'talk')).toBeUndefined();
    clock.now += 1;
    expect(await claimNext(store, 'talk')).toMatchObject({ task: { id: 1 } });
  });

  it('counts as expired if it ends later than a lease can last, such as after the clock was set back', async () => {
    const clock = createClock();
    const tasks = [1, 2].map((id) => taskDueAt(id, '2026-06-01T11:00:00Z'));
    const store = await openClockedTaskStore(clock.read, ...tasks);
    clock.now += 7_200_000;
    await claimNext(store, 'talk', 'early');
    await claimNext(store, 'talk', 'early');
    clock.now = NOW;
    const runner = createTestRunner(store, [logLinesAction], { now });
    expect(await runner.execute(1764, 1)).toMatchObject({ task: { status: 'DONE' } });
    expect(await claimNext(store, 'talk')).toBeUndefined();
    clock.now += GRACE_PERIOD_MS;
    expect(await claimNext(store, 'talk')).toMatchObject({ task: { id: 2 } });
  });
});

describe('a task that was left INPROGRESS', () => {
  it('ends in ERROR after three interrupted runs, and can still be executed', async () => {
    const { action, taskIds } = createRecordingAction();
    const { store, clock } = await openClocked('record');
    for (let run = 1; run <= 3; run += 1) {
      await claimNext(store, 'record', `run-${run}`);
      clock.now += LEASE_MS;
      // The first claim that finds the lease expired starts the grace period.
      await claimNext(store, 'record', `run-${run}`);
      clock.now += GRACE_PERIOD_MS;
    }
    const runner = createTestRunner(store, [action], { now });
    runner.start();
    await expect.poll(() => statusOf(store, 1)).toBe('ERROR');
    const [last] = await messagesOf(store, 1);
    expect(last).toBe('The task was started 3 times, but no run ended. Execute the task to run it again.');
    expect(taskIds()).toEqual([]);
    expect(await runner.execute(1764, 1)).toMatchObject({ task: { status: 'DONE' } });
    expect(taskIds()).toEqual([1]);
    await runner.stop();
  });

  it('can be executed if no run holds it; the log of the task says so', async () => {
    const store = await openTaskStore({ id: 1, target: { action: 'talk' }, state: { code: 'INPROGRESS' } });
    const runner = createTestRunner(store, [logLinesAction], { now });
    expect(await runner.execute(1764, 1)).toMatchObject({ task: { status: 'DONE' } });
    expect(await messagesOf(store, 1)).toEqual([CLAIMED_WITHOUT_LEASE]);
  });
});
