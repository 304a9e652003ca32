import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ServicesStatus } from '../../src/db/model/statuses.ts';
import type { Store } from '../../src/db/open.ts';
import { CLAIMED_AGAIN } from '../../src/db/queries/task-runs.ts';
import { createClock, type TestClock } from '../support/clock.ts';
import { describeDialects } from '../support/dialects.ts';
import { expectCreated, logsOf } from '../support/gateway.ts';

const CHAIN = 1764;
const ACTIONS = ['export', 'talk'];
const START = Date.parse('2026-06-01T12:00:00Z');

/** The model's state of a task. */
interface ModelTask {
  action: string;
  /** Unix seconds. */
  dueAt: number;
  status: ServicesStatus;
  version: number;
  lastRunAt: number | null;
  result: string | null;
  log: string[];
  lease?: ModelLease | undefined;
}

interface ModelLease {
  run: string;
  /** Unix milliseconds. */
  until: number;
  isRerun: boolean;
  attempts: number;
  /** When a runner first found the lease expired, in Unix milliseconds. */
  suspectedAt?: number | undefined;
  /** The result of an action whose end was recorded. */
  recorded?: string | undefined;
}

/** A granted claim. Its lease may be lost by now. */
interface GrantedClaim {
  run: string;
  task: number;
}

const LEASE_MS = 10_000;
const GRACE_PERIOD_MS = 0.4 * LEASE_MS;
const CLOCK_TOLERANCE_MS = 5000;

/** One operation on the store. `claim` and `task` are indexes, taken modulo the number of items. */
type Step =
  | { kind: 'create'; action: string; delay: number; repeat: boolean }
  | { kind: 'claimNext' }
  | { kind: 'claim'; task: number; chain: number }
  | { kind: 'renew'; claim: number }
  | { kind: 'log'; claim: number }
  | { kind: 'release'; claim: number }
  | { kind: 'recordEnd'; claim: number }
  | { kind: 'finish'; claim: number; isDone: boolean }
  | { kind: 'advanceClock'; milliseconds: number };

const index = fc.nat(30);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('create' as const),
      action: fc.constantFrom('export', 'talk', 'other'),
      delay: fc.integer({ min: -20, max: 20 }),
      repeat: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('claimNext' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('claim' as const),
      task: index,
      chain: fc.constantFrom(CHAIN, CHAIN, 9),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('renew' as const, 'log' as const, 'release' as const),
      claim: index,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('recordEnd' as const), claim: index }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('finish' as const), claim: index, isDone: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('advanceClock' as const),
      // The clock may be set back, too.
      milliseconds: fc.constantFrom(1, GRACE_PERIOD_MS, 3000, LEASE_MS, LEASE_MS, -2 * LEASE_MS),
    }),
  },
);

const toSeconds = (milliseconds: number) => Math.floor(milliseconds / 1000);
const formatSeconds = (unix: number) => `${new Date(unix * 1000).toISOString().slice(0, 19)}Z`;

/** A READY task of the model. */
const readyTask = (action: string, dueAt: number): ModelTask => ({
  action,
  dueAt,
  status: 'READY',
  version: 0,
  lastRunAt: null,
  result: null,
  log: [],
});

/** Applies the steps to the model and to two connections to one database, and compares them after each step. */
async function applySteps(
  sequence: readonly Step[],
  stores: readonly [Store, Store],
  clock: TestClock,
): Promise<void> {
  const tasks = new Map<number, ModelTask>();
  const claims: GrantedClaim[] = [];
  let now = START;
  clock.now = now;
  let runs = 0;
  const claimAt = (position: number) => {
    const claim = claims[position % Math.max(claims.length, 1)];
    const task = claim && tasks.get(claim.task);
    const holds = task?.status === 'INPROGRESS' && task.lease?.run === claim?.run;
    return claim && task ? { claim, task, holds } : undefined;
  };
  const isExpired = ({ until }: ModelLease) => until <= now || until > now + LEASE_MS + CLOCK_TOLERANCE_MS;
  const isPastGracePeriod = (lease: ModelLease) => {
    if (!isExpired(lease)) return false;
    const { until, suspectedAt } = lease;
    if (until === 0) return true;
    return suspectedAt !== undefined && (suspectedAt <= now - GRACE_PERIOD_MS || suspectedAt > now);
  };
  /** Starts a run of a task. @param isExecuted whether a client executes the task */
  const startRun = (id: number, task: ModelTask, run: string, isExecuted: boolean) => {
    claims.push({ run, task: id });
    const isInterrupted = task.status === 'INPROGRESS';
    const until = now + LEASE_MS;
    if (isInterrupted && task.lease?.recorded !== undefined) {
      return Object.assign(task.lease, { run, until, suspectedAt: undefined });
    }
    const isRerun = isInterrupted ? (task.lease?.isRerun ?? false) : task.status !== 'READY';
    const former = isInterrupted && !isExecuted ? task.lease : undefined;
    const attempts = former ? former.attempts + (former.until === 0 ? 0 : 1) : 1;
    task.lease = { run, until, isRerun, attempts };
    if (isInterrupted) task.log.push(CLAIMED_AGAIN);
    else task.version += 1;
    task.status = 'INPROGRESS';
    task.lastRunAt = toSeconds(now);
    return task.lease;
  };

  for (const [position, step] of sequence.entries()) {
    const store = stores[position % 2] ?? stores[0];
    runs += 1;
    const run = `run-${runs}`;
    const claim = { run, leaseMs: LEASE_MS };
    if (step.kind === 'create') {
      const dueAt = toSeconds(now) + step.delay;
      const trigger = JSON.stringify({ once: formatSeconds(dueAt), ...(step.repeat && { repeat: 'daily' }) });
      const target = JSON.stringify({ action: step.action });
      const newTask = { description: '', debug: '', trigger, target, dueAt: dueAt * 1000 };
      const { id } = expectCreated(await store.servicesTaskLifecycle.create(CHAIN, newTask, toSeconds(now)));
      expect(id).toBe(tasks.size + 1);
      tasks.set(id, readyTask(step.action, dueAt));
    } else if (step.kind === 'claimNext') {
      const claimed = await store.taskRuns.claimNext(ACTIONS, claim);
      const supported = [...tasks].filter(([, { action }]) => ACTIONS.includes(action));
      for (const [, { status, lease }] of supported) {
        if (status === 'INPROGRESS' && lease && lease.until > 0 && isExpired(lease))
          lease.suspectedAt ??= now;
      }
      const interrupted = supported
        .filter(([, { status, lease }]) => status === 'INPROGRESS' && lease && isPastGracePeriod(lease))
        .sort(([a, x], [b, y]) => (x.lease?.until ?? 0) - (y.lease?.until ?? 0) || a - b);
      const ready = supported
        .filter(([, { status, dueAt }]) => status === 'READY' && dueAt <= toSeconds(now))
        .sort(([a, x], [b, y]) => x.dueAt - y.dueAt || a - b);
      const [expected] = [...interrupted, ...ready];
      expect(claimed?.task.id).toBe(expected?.[0]);
      const lease = expected && startRun(...expected, run, false);
      expect(claimed?.attempts).toBe(lease?.attempts);
      expect(claimed?.recordedEnd?.result).toBe(lease?.recorded);
    } else if (step.kind === 'claim') {
      const id = (step.task % (tasks.size + 1)) + 1;
      const claimed = await store.taskRuns.claim(step.chain, id, ACTIONS, claim);
      const task = step.chain === CHAIN ? tasks.get(id) : undefined;
      const isRunning = task?.status === 'INPROGRESS' && !(task.lease && isExpired(task.lease));
      if (!task) expect(claimed).toEqual({ refusal: 'missing' });
      else if (isRunning) expect(claimed).toEqual({ refusal: 'running' });
      else if (!ACTIONS.includes(task.action)) expect(claimed).toEqual({ refusal: 'unhandled' });
      else startRun(id, task, run, true);
    } else if (step.kind === 'advanceClock') {
      now += step.milliseconds;
      clock.now = now;
    } else {
      const granted = claimAt(step.claim);
      if (!granted) continue;
      const { task, holds } = granted;
      const { run: owner, task: id } = granted.claim;
      if (step.kind === 'renew') {
        expect(await store.taskRuns.renew(id, owner, LEASE_MS)).toBe(holds);
        if (holds && task.lease) Object.assign(task.lease, { until: now + LEASE_MS, suspectedAt: undefined });
      } else if (step.kind === 'log') {
        await store.taskRuns.log(id, owner, [{ time: now, level: 'info', message: owner }]);
        if (holds) task.log.push(owner);
      } else if (step.kind === 'recordEnd') {
        const end = { status: 'DONE', result: owner, file: null, logs: [], startedAt: now } as const;
        expect(await store.taskRuns.recordEnd(id, owner, end)).toBe(holds);
        await store.taskRuns.release(id, owner);
        if (holds && task.lease)
          Object.assign(task.lease, { recorded: owner, until: 0, suspectedAt: undefined });
      } else if (step.kind === 'release') {
        await store.taskRuns.release(id, owner);
        if (holds && task.lease) Object.assign(task.lease, { until: 0, suspectedAt: undefined });
      } else {
        const status = step.isDone ? 'DONE' : 'ERROR';
        const result = step.isDone ? owner : null;
        const once = formatSeconds(toSeconds(now) + 5);
        const dueAt = (toSeconds(now) + 5) * 1000;
        const end = {
          status,
          result,
          file: result,
          logs: [{ time: now, level: 'info', message: 'end' }],
          now,
          nextTask: { trigger: JSON.stringify({ once }), once, dueAt, seriesStart: once },
        } as const;
        const ended = await store.taskRuns.finish(id, owner, end);
        expect(ended?.task.status).toBe(holds ? status : undefined);
        if (holds) {
          const isFirstRun = !task.lease?.isRerun;
          Object.assign(task, { status, result, version: task.version + 1, lease: undefined });
          task.log.push('end');
          if (isFirstRun) {
            task.log.push(`The next run is task ${tasks.size + 1}, at ${once}.`);
            tasks.set(tasks.size + 1, readyTask(task.action, toSeconds(now) + 5));
          }
        }
      }
    }
    const [, other] = stores;
    for (const [id, task] of tasks) {
      const row = await other.servicesTaskLifecycle.find(CHAIN, id);
      const log = logsOf(await other.servicesTaskLifecycle.findLogged(CHAIN, id, { limit: 1000, offset: 0 }));
      const { status, version, lastRunAt, result } = task;
      expect(row).toMatchObject({ status, version, lastRunAt, result });
      expect(log.map(({ message }) => message).reverse()).toEqual(task.log);
    }
  }
  const { total } = await stores[0].servicesTasks.list(CHAIN, {}, { limit: 1, offset: 0 });
  expect(total).toBe(tasks.size);
  expect(await stores[0].verify()).toEqual([]);
}

describeDialects('the lifecycle of Services tasks', (dialect) => {
  it('matches a plain model for any sequence of claims, renewals and ends on two connections', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 60, size: 'max' }), async (sequence) => {
        const clock = createClock();
        const database = await dialect.createDatabase();
        const open = () => database.openStore({ leaseClock: clock.read });
        const stores = [open(), open()] as const;
        try {
          await applySteps(sequence, stores, clock);
        } finally {
          for (const store of stores) await store.close();
          await database.remove();
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
