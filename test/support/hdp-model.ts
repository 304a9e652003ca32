/** A model of HDP tasks and the store operations that change them, for property tests of the store. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { isEnded, isFailed, nextStatuses } from '../../src/db/model/hdp-stages.ts';
import type { HdpStatus } from '../../src/db/model/statuses.ts';
import type { Store } from '../../src/db/open.ts';
import type { NewHdpTask } from '../../src/db/rows.ts';
import { NOW } from './gateway.ts';
import { settle } from './services-model.ts';
import { ulid } from './tasks.ts';

export interface ModelHdpTask {
  uuid: string;
  status: HdpStatus;
  createdAt: number;
  programHash: string | null;
  programName: string | null;
  history: { to: HdpStatus; text: string | null }[];
  hasDetails: boolean;
  hasWebhookUrl: boolean;
  mmrs: number;
  webhooks: number;
}

export interface HdpModel {
  tasks: Map<string, ModelHdpTask>;
  created: Map<string, string>;
  /** Every program that a task has or had, as JSON array of hash and name. */
  programs: Set<string>;
  /** The number of the last id from `newUlid`. */
  ulids: number;
  changed: Set<string>;
}

export const createHdpModel = (): HdpModel => ({
  tasks: new Map(),
  created: new Map(),
  programs: new Set(),
  ulids: 1000,
  changed: new Set(),
});

const program = {
  programHash: fc.option(fc.constantFrom('0xAB', '0xcd')),
  programName: fc.option(fc.constantFrom('Vault 01', 'é_vault', 'a%')),
};
const imported = fc.record({
  n: fc.nat(7),
  createdAt: fc.constantFrom(-1, 1, 2, NOW * 1000 - 1, NOW * 1000, NOW * 1000 + 1, NOW * 2000),
  /** Statuses a few reports before an end, and one that can be retried. */
  status: fc.constantFrom<HdpStatus[]>(
    'Received',
    'DryRunStarted',
    'TaskDecommitmentStarted',
    'TaskDecommitmentCompleted',
    'TraceGenFailed',
  ),
  ...program,
});
type Imported = typeof imported extends fc.Arbitrary<infer T> ? T : never;
const pick = fc.nat(40);

const kinds = {
  addAll: fc.record({
    kind: fc.constant('addAll' as const),
    tasks: fc.array(imported, { maxLength: 8 }),
    onConflict: fc.constantFrom('error' as const, 'skip' as const, 'replace' as const),
    fails: fc.boolean(),
  }),
  seeds: fc.record({ kind: fc.constant('seeds' as const), tasks: fc.array(imported, { maxLength: 4 }) }),
  create: fc.record({
    kind: fc.constant('create' as const),
    ...program,
    key: fc.option(fc.constantFrom('a', 'b')),
    hasWebhookUrl: fc.boolean(),
    /** The existing task whose uuid is used first. The operation then fails. */
    taken: fc.option(pick),
  }),
  report: fc.record({
    kind: fc.constant('report' as const),
    pick,
    choice: fc.nat(2),
    isStale: fc.boolean(),
    program: fc.option(fc.record(program)),
    mmrs: fc.constantFrom('none' as const, 'two' as const, 'bad' as const),
  }),
  ofTask: fc.record({ kind: fc.constantFrom('retry' as const, 'remove' as const), pick }),
  removeNewest: fc.record({ kind: fc.constant('removeNewest' as const) }),
};
export const hdpOperation = fc.oneof(
  kinds.addAll,
  kinds.seeds,
  kinds.create,
  kinds.report,
  kinds.report,
  kinds.report,
  kinds.ofTask,
  kinds.removeNewest,
);
export type HdpOperation = typeof hdpOperation extends fc.Arbitrary<infer T> ? T : never;

const rowOf = ({ n, ...task }: Imported): NewHdpTask => ({
  ...task,
  uuid: ulid(n),
  destinationChainId: '1',
  contractClassHash: '0x1',
  updatedAt: 0,
});
const mmr = { id: '1', root: '0x1', size: 1, chainId: '1', hashingFunction: 'keccak' as const };

const noteProgram = (
  { programs }: HdpModel,
  { programHash, programName }: Pick<ModelHdpTask, 'programHash' | 'programName'>,
) => programs.add(JSON.stringify([programHash, programName]));

/** Starts an operation on a store. See `startServicesOperation`. */
export function startHdpOperation(
  model: HdpModel,
  operation: HdpOperation,
  store: Store,
  newest: string | undefined,
): () => Promise<void> {
  const uuids = [...model.tasks.keys()].sort();
  const pickOf = (n: number) => uuids[n % Math.max(uuids.length, 1)] ?? ulid(999);
  const newUlid = () => {
    model.ulids += 1;
    return ulid(model.ulids);
  };
  const moment = { now: NOW, newUlid };
  const { hdpTasks, hdpTaskLifecycle } = store;
  const put = (task: Imported, onConflict: string) => {
    const uuid = ulid(task.n);
    const isTaken = model.tasks.has(uuid);
    if (isTaken && onConflict !== 'replace') return onConflict === 'skip' ? 'skipped' : 'conflict';
    const { n: _, ...fields } = task;
    noteProgram(model, task);
    model.tasks.set(uuid, {
      ...fields,
      uuid,
      history: [],
      hasDetails: false,
      hasWebhookUrl: false,
      mmrs: 0,
      webhooks: 0,
    });
    model.changed.add('hdp');
    return isTaken ? 'replaced' : 'inserted';
  };

  switch (operation.kind) {
    case 'addAll': {
      const { tasks, onConflict, fails } = operation;
      // The database rejects the last task after the others were written.
      const last = {
        ...rowOf({ n: 99, createdAt: 1, status: 'Received', programHash: null, programName: null }),
        dataSourceChains: '{}',
      };
      const rows = tasks.map(rowOf);
      const adding = settle(hdpTasks.addAll(fails ? [...rows, last] : rows, onConflict));
      return async () => {
        const { value, error } = await adding;
        if (fails) expect(String(error)).toMatch(/check constraint/i);
        else expect(value).toEqual(tasks.map((task) => put(task, onConflict)));
      };
    }
    case 'seeds': {
      const loading = store.loadSeeds({
        servicesTasks: [],
        hdpTasks: operation.tasks.map(rowOf),
        tokens: [],
        grants: [],
        sessions: [],
        keys: [],
      });
      return async () => {
        expect(await loading).toBeUndefined();
        for (const task of operation.tasks) put(task, 'replace');
      };
    }
    case 'create': {
      const { programHash, programName, key, hasWebhookUrl, taken } = operation;
      const takenUuid = taken === null ? undefined : pickOf(taken);
      let isFirst = true;
      const newTaskUuid = () => {
        const uuid = isFirst && takenUuid !== undefined ? takenUuid : newUlid();
        isFirst = false;
        return uuid;
      };
      const request =
        key === null
          ? undefined
          : {
              id: Buffer.from(`hdp ${key}`),
              bodyHash: Buffer.from('body'),
              now: NOW,
              expiresAt: NOW + 1000,
              respond: (uuid: string) => ({ status: 200, headers: {}, body: uuid }),
            };
      const record = {
        task: { destinationChainId: '1', contractClassHash: '0x1', programHash, programName },
        details: {
          input: '{}',
          taskInputs: null,
          isMock: false,
          webhookUrl: hasWebhookUrl ? 'https://a.example/' : null,
          keyId: null,
        },
      };
      const creating = settle(hdpTaskLifecycle.create(record, { now: NOW, newUlid: newTaskUuid }, request));
      return async () => {
        const { value, error } = await creating;
        const replayed = key === null ? undefined : model.created.get(key);
        if (replayed !== undefined)
          expect(value).toEqual({ replay: { status: 200, headers: {}, body: replayed } });
        else if (takenUuid !== undefined && model.tasks.has(takenUuid))
          expect(String(error)).toContain('is taken');
        else {
          if (!value || !('created' in value)) throw new Error(`Not created: ${error}`);
          const uuid = value.created;
          expect(model.tasks.has(uuid)).toBe(false);
          model.changed.add('hdp');
          noteProgram(model, operation);
          model.tasks.set(uuid, {
            uuid,
            programHash,
            programName,
            hasWebhookUrl,
            status: 'Received',
            createdAt: NOW * 1000,
            history: [{ to: 'Received', text: null }],
            hasDetails: true,
            mmrs: 0,
            webhooks: 0,
          });
          if (key !== null) model.created.set(key, uuid);
        }
      };
    }
    case 'report': {
      const uuid = pickOf(operation.pick);
      const task = model.tasks.get(uuid);
      const followers = task ? nextStatuses(task.status) : [];
      const chosen = followers[operation.choice % Math.max(followers.length, 1)];
      const toStatus = (operation.isStale ? task?.history.at(-1)?.to : chosen) ?? 'DryRunStarted';
      const text = JSON.stringify([toStatus, operation.program]);
      const mmrs = { none: undefined, two: [mmr, mmr], bad: [mmr, { ...mmr, size: 0.5 }] }[operation.mmrs];
      const report = {
        toStatus,
        text,
        task: operation.program ?? {},
        details: {},
        mmrs,
        webhookBody: () => '{}',
      };
      // The stages take different times.
      const reported = { ...moment, now: NOW + operation.pick * 100 };
      const reporting = settle(hdpTaskLifecycle.report(uuid, report, reported));
      return async () => {
        const { value, error } = await reporting;
        const found = model.tasks.get(uuid);
        if (!found) return expect(value).toBeUndefined();
        if (!nextStatuses(found.status).includes(toStatus)) {
          const since = found.history.slice(found.history.findLastIndex(({ to }) => to === 'Received') + 1);
          const before = since.findLast(({ to }) => to === toStatus);
          if (!before) return expect(value).toEqual({ outcome: 'refused', status: found.status });
          return expect(value).toMatchObject({ outcome: before.text === text ? 'accepted' : 'contradicts' });
        }
        if (operation.mmrs === 'bad')
          return expect(String(error)).toMatch(/SqliteError|invalid input syntax/);
        expect(value).toMatchObject({ outcome: 'accepted' });
        model.changed.add('hdp');
        found.history.push({ to: toStatus, text });
        Object.assign(found, { status: toStatus, hasDetails: true });
        found.programHash = operation.program?.programHash ?? found.programHash;
        found.programName = operation.program?.programName ?? found.programName;
        noteProgram(model, found);
        if (mmrs) found.mmrs = mmrs.length;
        if (isEnded(toStatus) && found.hasWebhookUrl) found.webhooks += 1;
        return undefined;
      };
    }
    case 'retry': {
      const uuid = pickOf(operation.pick);
      const retrying = hdpTaskLifecycle.retry(uuid, moment);
      return async () => {
        const result = await retrying;
        const task = model.tasks.get(uuid);
        expect(result).toBe(task?.status);
        if (!task || !isFailed(task.status)) return;
        model.changed.add('hdp');
        task.history.push({ to: 'Received', text: null });
        Object.assign(task, { status: 'Received', hasDetails: true });
      };
    }
    case 'remove':
    case 'removeNewest': {
      const uuid = operation.kind === 'remove' ? pickOf(operation.pick) : (newest ?? ulid(999));
      const removing = hdpTaskLifecycle.remove(uuid);
      return async () => {
        const isThere = model.tasks.delete(uuid);
        expect(await removing).toBe(isThere);
        if (isThere) model.changed.add('hdp');
      };
    }
  }
}
