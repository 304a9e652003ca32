/** A model of Services tasks and the store operations that change them, for property tests of the store. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { SERVICES_STATUSES, type ServicesStatus } from '../../src/db/model/statuses.ts';
import type { Store } from '../../src/db/open.ts';
import type { NewServicesTask } from '../../src/db/rows.ts';
import { NOW } from './gateway.ts';

export const CHAINS = [1, 2, 3];
export const ACTIONS = ['export', 'talk'];
export const CAMPAIGNS = [0, 7];
/** Due time of followers, so that no run claims a follower before the model knows its id. */
const LATER = NOW + 1_000_000;
const LEASE_MS = 1000;

export interface ModelTask {
  id: number;
  chain: number;
  status: ServicesStatus;
  action: string | null;
  campaign: number | null;
  logs: number;
  /** The run that holds the task, or `released`. */
  lease?: string | undefined;
  hasFile: boolean;
  /** True if the run that holds the task is not its first one. */
  isRerun: boolean;
}

export interface ServicesModel {
  tasks: Map<number, ModelTask>;
  /** Every id that a task has or had. */
  ids: Set<number>;
  created: Map<string, number>;
  runs: { task: number; run: string }[];
  /** Tasks whose followers were created since the last `assignFollowerIds`. */
  followers: ModelTask[];
  /** The scopes that have changed. */
  changed: Set<string>;
}

export const createServicesModel = (): ServicesModel => ({
  tasks: new Map(),
  ids: new Set(),
  created: new Map(),
  runs: [],
  followers: [],
  changed: new Set(),
});

const fields = {
  chain: fc.constantFrom(...CHAINS),
  action: fc.option(fc.constantFrom(...ACTIONS)),
  campaign: fc.option(fc.constantFrom(...CAMPAIGNS)),
};
const imported = fc.record({
  id: fc.integer({ min: 1, max: 12 }),
  status: fc.constantFrom(...SERVICES_STATUSES),
  ...fields,
});
type Imported = typeof imported extends fc.Arbitrary<infer T> ? T : never;
const pick = fc.nat(40);

const kinds = {
  addAll: fc.record({
    kind: fc.constant('addAll' as const),
    tasks: fc.array(imported, { maxLength: 8 }),
    onConflict: fc.constantFrom('error' as const, 'skip' as const, 'replace' as const),
    allowChainChange: fc.boolean(),
    fails: fc.boolean(),
  }),
  seeds: fc.record({ kind: fc.constant('seeds' as const), tasks: fc.array(imported, { maxLength: 4 }) }),
  create: fc.record({
    kind: fc.constant('create' as const),
    ...fields,
    key: fc.option(fc.constantFrom('a', 'b')),
    fails: fc.boolean(),
  }),
  claimNext: fc.record({ kind: fc.constant('claimNext' as const) }),
  claim: fc.record({ kind: fc.constant('claim' as const), pick, chain: fc.constantFrom(undefined, 2) }),
  ofRun: fc.record({ kind: fc.constantFrom('renew' as const, 'log' as const, 'release' as const), pick }),
  finish: fc.record({
    kind: fc.constant('finish' as const),
    pick,
    hasFile: fc.boolean(),
    follower: fc.constantFrom('none' as const, 'good' as const, 'bad' as const),
  }),
  idle: fc.record({ kind: fc.constantFrom('reset' as const, 'remove' as const), pick }),
  removeNewest: fc.record({ kind: fc.constant('removeNewest' as const) }),
};
export const servicesOperation = fc.oneof(
  ...Object.values(kinds),
  // More weight for the steps of a run, so that replaced tasks have child rows.
  kinds.addAll,
  kinds.claim,
  kinds.claim,
  kinds.claimNext,
  kinds.ofRun,
  kinds.finish,
);
export type ServicesOperation = typeof servicesOperation extends fc.Arbitrary<infer T> ? T : never;

const rowOf = ({ id, chain, status, action, campaign }: Imported): NewServicesTask => ({
  id,
  chain,
  status,
  description: '',
  lastRunAt: null,
  modifiedAt: 0,
  createdAt: 0,
  trigger: '{}',
  target: targetOf(action, campaign),
  debug: '',
  version: 0,
  result: null,
  dueAt: NOW,
});
const targetOf = (action: string | null, campaign: number | null) =>
  JSON.stringify({ ...(action !== null && { action }), ...(campaign !== null && { campaign }) });

function putTask(model: ServicesModel, task: Imported): void {
  model.changed.add(`services ${task.chain}`);
  model.tasks.set(task.id, { ...task, logs: 0, lease: undefined, hasFile: false, isRerun: false });
  model.ids.add(task.id);
}

/** Assigns the ids that the model does not know to the followers of ended runs, in the order of their creation. */
export function assignFollowerIds(model: ServicesModel, ids: readonly number[]): void {
  const unknown = ids.filter((id) => !model.tasks.has(id)).sort((a, b) => a - b);
  for (const { chain, action, campaign } of model.followers.splice(0)) {
    const id = unknown.shift();
    if (id === undefined) throw new Error('A follower is missing.');
    expect(model.ids.has(id)).toBe(false);
    putTask(model, { id, chain, status: 'READY', action, campaign });
  }
  expect(unknown).toEqual([]);
}

/**
 * Starts an operation on a store.
 * @returns a function that checks the result against the model and applies the change to the model. Call these
 *   functions in the order in which the operations were started
 */
export function startServicesOperation(
  model: ServicesModel,
  operation: ServicesOperation,
  store: Store,
  run: string,
): () => Promise<void> {
  const ids = [...model.tasks.keys()].sort((a, b) => a - b);
  const id =
    operation.kind === 'removeNewest'
      ? (ids.at(-1) ?? 1)
      : 'pick' in operation
        ? (ids[operation.pick % Math.max(ids.length, 1)] ?? 1)
        : 0;
  const claimed =
    'pick' in operation ? model.runs[operation.pick % Math.max(model.runs.length, 1)] : undefined;
  const { servicesTasks, servicesTaskLifecycle, taskRuns } = store;
  const markChanged = (chain: number) => model.changed.add(`services ${chain}`);
  const put = (task: Imported) => putTask(model, task);
  const holder = () => {
    const task = claimed && model.tasks.get(claimed.task);
    return task &&
      task.status === 'INPROGRESS' &&
      (task.lease === claimed.run || task.lease === `released ${claimed.run}`)
      ? task
      : undefined;
  };
  const begin = (task: ModelTask) => {
    const isReclaimed = task.status === 'INPROGRESS';
    if (isReclaimed) task.logs += 1;
    markChanged(task.chain);
    const isRerun = isReclaimed ? task.lease !== undefined && task.isRerun : task.status !== 'READY';
    Object.assign(task, { status: 'INPROGRESS', lease: run, isRerun });
    model.runs.push({ task: task.id, run });
  };
  const isIdle = (task: ModelTask) =>
    task.status !== 'INPROGRESS' || task.lease === undefined || task.lease.startsWith('released');
  const putImported = (next: Imported, onConflict: string, allowChainChange: boolean) => {
    const before = model.tasks.get(next.id);
    if (!before) put(next);
    else if (onConflict === 'replace' && (allowChainChange || before.chain === next.chain)) {
      markChanged(before.chain);
      put(next);
      return { added: 'replaced' };
    } else if (onConflict === 'replace') return { added: 'conflict', ofChain: before.chain };
    else return { added: onConflict === 'skip' ? 'skipped' : 'conflict' };
    return { added: 'inserted' };
  };

  switch (operation.kind) {
    case 'addAll': {
      const { tasks, fails, ...options } = operation;
      const rows = tasks.map(rowOf);
      // The database rejects the last task after the others were written.
      const last = {
        ...rowOf({ id: 99, chain: 1, status: 'READY', action: null, campaign: null }),
        target: '[]',
      };
      const adding = settle(servicesTasks.addAll(fails ? [...rows, last] : rows, options));
      return async () => {
        const result = await adding;
        if (fails) expect(String(result.error)).toMatch(/check constraint/i);
        else
          expect(result.value).toEqual(
            tasks.map((task) => putImported(task, options.onConflict, options.allowChainChange)),
          );
      };
    }
    case 'seeds': {
      const { tasks } = operation;
      const grants = [{ userId: 1, chain: 1, level: 'READ' as const }];
      const seeds = {
        servicesTasks: tasks.map(rowOf),
        hdpTasks: [],
        tokens: [],
        grants,
        sessions: [],
        keys: [],
      };
      const loading = store.loadSeeds(seeds);
      return async () => {
        const result = await loading;
        // A task of the seeds can conflict with a later one.
        const chainOf = new Map([...model.tasks.values()].map((task) => [task.id, task.chain]));
        const conflict = tasks.find((task) => {
          const before = chainOf.get(task.id) ?? task.chain;
          chainOf.set(task.id, before);
          return before !== task.chain;
        });
        const ofChain = conflict && chainOf.get(conflict.id);
        expect(result).toEqual(conflict && { id: conflict.id, chain: conflict.chain, ofChain });
        if (conflict) return;
        for (const task of tasks) putImported(task, 'replace', false);
        model.changed.add('access');
      };
    }
    case 'create': {
      const { chain, action, campaign, key, fails } = operation;
      const order = {
        description: '',
        debug: '',
        trigger: '{}',
        target: targetOf(action, campaign),
        dueAt: NOW,
        seriesStart: null,
      };
      const request =
        key === null
          ? undefined
          : {
              id: Buffer.from(key),
              bodyHash: Buffer.from('body'),
              now: NOW,
              expiresAt: NOW + 1000,
              respond: (task: { id: number }) => {
                if (fails) throw new Error('cannot respond');
                return { status: 200, headers: {}, body: String(task.id) };
              },
            };
      const creating = settle(servicesTaskLifecycle.create(chain, order, NOW / 1000, request));
      return async () => {
        const { value, error } = await creating;
        const replayed = key === null ? undefined : model.created.get(key);
        if (replayed !== undefined) {
          expect(value).toEqual({ replay: { status: 200, headers: {}, body: String(replayed) } });
        } else if (request && fails) expect(String(error)).toContain('cannot respond');
        else {
          if (!value || !('created' in value))
            throw new Error(`Not created: ${JSON.stringify(value)} ${error}`);
          const { id: newId } = value.created;
          expect(newId).toBeGreaterThan(Math.max(0, ...model.ids));
          put({ id: newId, chain, status: 'READY', action, campaign });
          if (key !== null) model.created.set(key, newId);
        }
      };
    }
    case 'claimNext': {
      const claiming = taskRuns.claimNext(ACTIONS, { run, leaseMs: LEASE_MS });
      return async () => {
        const taken = await claiming;
        if (!taken) return;
        const task = model.tasks.get(taken.task.id);
        expect(task && (task.status === 'READY' || task.lease?.startsWith('released'))).toBe(true);
        if (task) begin(task);
      };
    }
    case 'claim': {
      const chain = operation.chain ?? model.tasks.get(id)?.chain ?? 1;
      const claiming = taskRuns.claim(chain, id, ACTIONS, { run, leaseMs: LEASE_MS });
      return async () => {
        const result = await claiming;
        const task = model.tasks.get(id);
        if (task?.chain !== chain) expect(result).toEqual({ refusal: 'missing' });
        else if (!isIdle(task)) expect(result).toEqual({ refusal: 'running' });
        else if (task.action === null) expect(result).toEqual({ refusal: 'unhandled' });
        else {
          expect(result).toMatchObject({ task: { id } });
          begin(task);
        }
      };
    }
    case 'renew':
    case 'log':
    case 'release': {
      if (!claimed) return async () => {};
      const entry = { time: NOW, level: 'info', message: 'line' } as const;
      const calling =
        operation.kind === 'renew'
          ? taskRuns.renew(claimed.task, claimed.run, LEASE_MS)
          : operation.kind === 'log'
            ? taskRuns.log(claimed.task, claimed.run, [entry, entry])
            : taskRuns.release(claimed.task, claimed.run);
      return async () => {
        const result = await calling;
        const task = holder();
        if (operation.kind === 'renew') expect(result).toBe(task !== undefined);
        if (!task) return;
        if (operation.kind === 'log') task.logs += 2;
        else task.lease = operation.kind === 'renew' ? claimed.run : `released ${claimed.run}`;
      };
    }
    case 'finish': {
      if (!claimed) return async () => {};
      const { hasFile, follower } = operation;
      const next = { trigger: follower === 'bad' ? '[]' : '{}', seriesStart: null, dueAt: LATER, once: '' };
      const finishing = taskRuns.finish(claimed.task, claimed.run, {
        status: 'DONE',
        result: null,
        file: hasFile ? 'a' : null,
        logs: [{ time: NOW, level: 'info', message: 'end' }],
        now: NOW,
        nextTask: follower === 'none' ? undefined : next,
      });
      return async () => {
        const finished = await finishing;
        const task = holder();
        if (!task) return expect(finished).toBeUndefined();
        expect(finished?.task.status).toBe('DONE');
        const hasFollower = follower !== 'none' && !task.isRerun;
        expect((finished?.errors ?? []).length > 0).toBe(hasFollower && follower === 'bad');
        markChanged(task.chain);
        Object.assign(task, {
          status: 'DONE',
          lease: undefined,
          hasFile,
          logs: task.logs + (hasFollower ? 2 : 1),
        });
        if (hasFollower && follower === 'good') model.followers.push(task);
        return undefined;
      };
    }
    case 'reset':
    case 'remove':
    case 'removeNewest': {
      const isReset = operation.kind === 'reset';
      const calling = isReset
        ? servicesTaskLifecycle.reset(id, LEASE_MS)
        : servicesTaskLifecycle.remove(id, LEASE_MS);
      return async () => {
        const result = await calling;
        const task = model.tasks.get(id);
        if (!task) return expect(result).toBe('missing');
        if (!isIdle(task)) return expect(result).toBe('running');
        expect(result).toBe(isReset ? 'reset' : 'removed');
        markChanged(task.chain);
        if (isReset) Object.assign(task, { status: 'READY', lease: undefined, hasFile: false });
        else model.tasks.delete(id);
        return undefined;
      };
    }
  }
}

/** Returns the outcome of a promise. A rejection that is awaited later is then not an unhandled rejection. */
export const settle = <T>(promise: Promise<T>): Promise<{ value?: T; error?: unknown }> =>
  promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
