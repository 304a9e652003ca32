import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServicesStatus } from '../../src/db/model/statuses.ts';
import { openStore, type Store } from '../../src/db/open.ts';
import { CLAIMED_AGAIN } from '../../src/db/queries/task-runs.ts';
import { expectCreated, logsOf } from '../support/gateway.ts';

const CHAIN = 1764;
const ACTIONS = ['export', 'talk'];
const START = Date.parse('2026-06-01T12:00:00Z');

/** A task as the contract has it: all that a move may change of it. */
interface ModelTask {
  action: string;
  /** Unix seconds. */
  due: number;
  status: ServicesStatus;
  version: number;
  lastRun: number | null;
  result: string | null;
  log: string[];
  /** Who runs it, and until when in Unix milliseconds. */
  holder?: Holder | undefined;
}

interface Holder {
  run: string;
  until: number;
  isRerun: boolean;
  attempts: number;
  /** When a runner first found the lease expired, in Unix milliseconds. */
  suspectedAt?: number | undefined;
  /** The result of an action whose end was recorded. */
  recorded?: string | undefined;
}

/** A claim that was granted, as its runner remembers it, whether it still holds or not. */
interface Held {
  run: string;
  task: number;
}

const LEASE = 10_000;
const GRACE = 0.4 * LEASE;
const CLOCK_TOLERANCE = 5000;

type Move =
  | { kind: 'create'; action: string; delay: number; repeat: boolean }
  | { kind: 'take' }
  | { kind: 'execute'; task: number; chain: number }
  | { kind: 'renew'; held: number }
  | { kind: 'say'; held: number }
  | { kind: 'release'; held: number }
  | { kind: 'record'; held: number }
  | { kind: 'finish'; held: number; isDone: boolean }
  | { kind: 'pass'; milliseconds: number };

const some = fc.nat(30);
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('create' as const),
      action: fc.constantFrom('export', 'talk', 'other'),
      delay: fc.integer({ min: -20, max: 20 }),
      repeat: fc.boolean(),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('execute' as const),
      task: some,
      chain: fc.constantFrom(CHAIN, CHAIN, 9),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('renew' as const, 'say' as const, 'release' as const),
      held: some,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('record' as const), held: some }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('finish' as const), held: some, isDone: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      // The clock may be put back, too.
      milliseconds: fc.constantFrom(1, GRACE, 3000, LEASE, LEASE, -2 * LEASE),
    }),
  },
);

const seconds = (milliseconds: number) => Math.floor(milliseconds / 1000);
const timeOf = (unix: number) => `${new Date(unix * 1000).toISOString().slice(0, 19)}Z`;

/** Plays moves on the model and on two connections to one file, and compares after each. */
async function play(moves: readonly Move[], stores: readonly [Store, Store]): Promise<void> {
  const tasks = new Map<number, ModelTask>();
  const held: Held[] = [];
  let now = START;
  let runs = 0;
  const mine = (index: number) => {
    const claim = held[index % Math.max(held.length, 1)];
    const task = claim && tasks.get(claim.task);
    const holds = task?.status === 'INPROGRESS' && task.holder?.run === claim?.run;
    return claim && task ? { claim, task, holds } : undefined;
  };
  const isExpired = ({ until }: Holder) => until <= now || until > now + LEASE + CLOCK_TOLERANCE;
  const isFree = ({ holder }: ModelTask) => holder !== undefined && isExpired(holder);
  const isAbandoned = ({ holder }: ModelTask) => {
    if (holder === undefined || !isExpired(holder)) return false;
    const { until, suspectedAt } = holder;
    return until === 0 || (suspectedAt !== undefined && (suspectedAt <= now - GRACE || suspectedAt > now));
  };
  const begin = (id: number, task: ModelTask, run: string, isAsked: boolean) => {
    const isLeft = task.status === 'INPROGRESS';
    const isRerun = isLeft ? (task.holder?.isRerun ?? false) : task.status !== 'READY';
    if (isLeft && task.holder?.recorded !== undefined) {
      Object.assign(task.holder, { run, until: now + LEASE, suspectedAt: undefined });
      held.push({ run, task: id });
      return task.holder;
    }
    const before = isLeft && !isAsked ? task.holder : undefined;
    const attempts = before ? before.attempts + (before.until === 0 ? 0 : 1) : 1;
    task.holder = { run, until: now + LEASE, isRerun, attempts };
    if (isLeft) task.log.push(CLAIMED_AGAIN);
    else task.version += 1;
    task.status = 'INPROGRESS';
    task.lastRun = seconds(now);
    held.push({ run, task: id });
    return task.holder;
  };

  for (const [turn, step] of moves.entries()) {
    const store = stores[turn % 2] ?? stores[0];
    runs += 1;
    const run = `run-${runs}`;
    const claim = { run, now, until: now + LEASE };
    if (step.kind === 'create') {
      const due = seconds(now) + step.delay;
      const trigger = JSON.stringify({ once: timeOf(due), ...(step.repeat && { repeat: 'daily' }) });
      const target = JSON.stringify({ action: step.action });
      const order = { description: '', debug: '', trigger, target, dueAt: due * 1000 };
      const { id } = expectCreated(await store.servicesTaskLifecycle.create(CHAIN, order, seconds(now)));
      expect(id).toBe(tasks.size + 1);
      tasks.set(id, {
        action: step.action,
        due,
        status: 'READY',
        version: 0,
        lastRun: null,
        result: null,
        log: [],
      });
    } else if (step.kind === 'take') {
      const taken = await store.taskRuns.claimNext(ACTIONS, claim);
      const runnable = [...tasks].filter(([, { action }]) => ACTIONS.includes(action));
      for (const [, { status, holder }] of runnable) {
        if (status === 'INPROGRESS' && holder && holder.until > 0 && isExpired(holder))
          holder.suspectedAt ??= now;
      }
      const left = runnable
        .filter(([, task]) => task.status === 'INPROGRESS' && isAbandoned(task))
        .sort(([a, x], [b, y]) => (x.holder?.until ?? 0) - (y.holder?.until ?? 0) || a - b);
      const ready = runnable
        .filter(([, task]) => task.status === 'READY' && task.due <= seconds(now))
        .sort(([a, x], [b, y]) => x.due - y.due || a - b);
      const [expected] = [...left, ...ready];
      expect(taken?.task.id).toBe(expected?.[0]);
      const holder = expected && begin(...expected, run, false);
      expect(taken?.attempts).toBe(holder?.attempts);
      expect(taken?.recordedEnd?.result).toBe(holder?.recorded);
    } else if (step.kind === 'execute') {
      const id = (step.task % (tasks.size + 1)) + 1;
      const taken = await store.taskRuns.claim(step.chain, id, ACTIONS, claim);
      const task = step.chain === CHAIN ? tasks.get(id) : undefined;
      if (!task) expect(taken).toEqual({ refusal: 'missing' });
      else if (task.status === 'INPROGRESS' && !isFree(task)) expect(taken).toEqual({ refusal: 'running' });
      else if (!ACTIONS.includes(task.action)) expect(taken).toEqual({ refusal: 'unhandled' });
      else begin(id, task, run, true);
    } else if (step.kind === 'pass') {
      now += step.milliseconds;
    } else {
      const found = mine(step.held);
      if (!found) continue;
      const { task, holds } = found;
      const { run: owner, task: id } = found.claim;
      if (step.kind === 'renew') {
        expect(await store.taskRuns.renew(id, owner, now + LEASE)).toBe(holds);
        if (holds && task.holder) Object.assign(task.holder, { until: now + LEASE, suspectedAt: undefined });
      } else if (step.kind === 'say') {
        await store.taskRuns.log(id, owner, [{ time: now, level: 'info', message: owner }]);
        if (holds) task.log.push(owner);
      } else if (step.kind === 'record') {
        const end = { status: 'DONE', result: owner, file: null, logs: [], startedAt: now } as const;
        expect(await store.taskRuns.recordEnd(id, owner, end)).toBe(holds);
        await store.taskRuns.release(id, owner);
        if (holds && task.holder)
          Object.assign(task.holder, { recorded: owner, until: 0, suspectedAt: undefined });
      } else if (step.kind === 'release') {
        await store.taskRuns.release(id, owner);
        if (holds && task.holder) Object.assign(task.holder, { until: 0, suspectedAt: undefined });
      } else {
        const status = step.isDone ? 'DONE' : 'ERROR';
        const result = step.isDone ? owner : null;
        const once = timeOf(seconds(now) + 5);
        const dueAt = (seconds(now) + 5) * 1000;
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
          const isFirst = !task.holder?.isRerun;
          Object.assign(task, { status, result, version: task.version + 1, holder: undefined });
          task.log.push('end');
          if (isFirst) {
            const { action } = task;
            task.log.push(`The next run is task ${tasks.size + 1}, at ${once}.`);
            tasks.set(tasks.size + 1, {
              action,
              due: seconds(now) + 5,
              status: 'READY',
              version: 0,
              lastRun: null,
              result: null,
              log: [],
            });
          }
        }
      }
    }
    const [, other] = stores;
    for (const [id, task] of tasks) {
      const row = await other.servicesTaskLifecycle.find(CHAIN, id);
      const log = logsOf(await other.servicesTaskLifecycle.findLogged(CHAIN, id, { limit: 1000, offset: 0 }));
      const { status, version, lastRun, result } = task;
      expect(row).toMatchObject({ status, version, lastRunAt: lastRun, result });
      expect(log.map(({ message }) => message).reverse()).toEqual(task.log);
    }
  }
  const { total } = await stores[0].servicesTasks.list(CHAIN, {}, { limit: 1, offset: 0 });
  expect(total).toBe(tasks.size);
  expect(await stores[0].verify()).toEqual([]);
}

describe('the states of Services tasks', () => {
  it('are those of a plain model, whatever several runners on several connections do', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 60, size: 'max' }), async (moves) => {
        const folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
        const stores = [openStore(join(folder, 'a.db')), openStore(join(folder, 'a.db'))] as const;
        try {
          await stores[0].migrate();
          await play(moves, stores);
        } finally {
          for (const store of stores) await store.close();
          rmSync(folder, { recursive: true });
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
