/** Adds the tasks of a batch: all that are new by one statement, the others one after the other. */

import type { ImportApi } from '../../model/import-records.ts';
import type { ImportConflict, ImportedTask } from '../../queries/imports.ts';
import type { OnConflict } from '../../queries/results.ts';
import type { AddOptions } from '../../queries/services-tasks.ts';
import type { NewHdpTask, NewServicesTask } from '../../rows.ts';
import type { Connection } from '../connection.ts';
import { insertHdpTasks, lockHdpTask, replaceHdpTask } from '../hdp-task-table.ts';
import { insertServicesTasks } from '../services-task-table.ts';
import { addServicesTask } from '../services-tasks.ts';
import { statement } from '../statements.ts';
import type { WriteTransaction } from '../transactions.ts';

/** The outcome for a task, with its id if it was inserted. */
export type AddedTask = ImportedTask & { id?: number };

/** Adds one kind of task. */
export interface TaskAdder<Task> {
  api: ImportApi;
  /** Adds tasks in order. Stops after the first conflict if `stopsAtConflict`. */
  add(transaction: WriteTransaction, tasks: readonly Task[], stopsAtConflict: boolean): Promise<AddedTask[]>;
  /** Returns the first conflict that `add` would return, from what the database has now. */
  findConflict(connection: Connection, tasks: readonly Task[]): Promise<ImportConflict | undefined>;
}

const chainsOf = statement<{ ids: readonly number[] }, { id: number; chain: number }>(
  'find-chains-of-tasks',
  'SELECT id, chain FROM services_tasks WHERE id = ANY (:ids)',
);

const existingUuids = statement<{ uuids: readonly string[] }, { uuid: string }>(
  'find-existing-uuids',
  'SELECT uuid FROM hdp_tasks WHERE uuid = ANY (:uuids)',
);

export function servicesAdder(options: AddOptions): TaskAdder<NewServicesTask> {
  const { onConflict, allowChainChange = true } = options;
  return {
    api: 'services',
    async add(transaction, tasks, stopsAtConflict) {
      const inserted = await insertServicesTasks(transaction, tasks);
      return addRest(
        tasks,
        ({ id }) => (inserted.delete(id) ? id : undefined),
        stopsAtConflict,
        (task) => addServicesTask(transaction, task, options),
      );
    },
    async findConflict(connection, tasks) {
      if (onConflict === 'skip') return undefined;
      const rows = await connection.all(chainsOf, { ids: tasks.map(({ id }) => id) });
      const chains = new Map(rows.map(({ id, chain }) => [id, chain]));
      return firstConflict(tasks, ({ id, chain }) => {
        const ofChain = chains.get(id);
        if (ofChain === undefined) return undefined;
        if (onConflict === 'error') return { added: 'conflict' };
        return ofChain === chain || allowChainChange ? undefined : { added: 'conflict', ofChain };
      });
    },
  };
}

export function hdpAdder(onConflict: OnConflict): TaskAdder<NewHdpTask> {
  return {
    api: 'hdp',
    async add(transaction, tasks, stopsAtConflict) {
      const inserted = await insertHdpTasks(transaction, tasks);
      const takeId = ({ uuid }: NewHdpTask) => {
        const id = inserted.get(uuid);
        inserted.delete(uuid);
        return id;
      };
      return addRest(tasks, takeId, stopsAtConflict, (task) => addExisting(transaction, task, onConflict));
    },
    async findConflict(connection: Connection, tasks) {
      if (onConflict !== 'error') return undefined;
      const rows = await connection.all(existingUuids, { uuids: tasks.map(({ uuid }) => uuid) });
      const uuids = new Set(rows.map(({ uuid }) => uuid));
      return firstConflict(tasks, ({ uuid }) => (uuids.has(uuid) ? { added: 'conflict' } : undefined));
    },
  };
}

/** Adds a task whose uuid is taken. */
async function addExisting(
  transaction: WriteTransaction,
  task: NewHdpTask,
  onConflict: OnConflict,
): Promise<AddedTask> {
  if (onConflict !== 'replace') return { added: onConflict === 'skip' ? 'skipped' : 'conflict' };
  const before = await lockHdpTask(transaction, task.uuid);
  if (!before) throw new Error('The task to replace does not exist.');
  await replaceHdpTask(transaction, before, task);
  return { added: 'replaced' };
}

/**
 * Returns the outcome of each task, in order.
 * @param takeId returns the id of a task that was inserted, once; of two tasks with one identity, the first was inserted
 * @param add adds a task that was not inserted
 */
async function addRest<Task>(
  tasks: readonly Task[],
  takeId: (task: Task) => number | undefined,
  stopsAtConflict: boolean,
  add: (task: Task) => Promise<AddedTask>,
): Promise<AddedTask[]> {
  const results: AddedTask[] = [];
  for (const task of tasks) {
    const id = takeId(task);
    const result = id === undefined ? await add(task) : ({ added: 'inserted', id } as const);
    results.push(result);
    if (stopsAtConflict && result.added === 'conflict') break;
  }
  return results;
}

function firstConflict<Task>(
  tasks: readonly Task[],
  conflictOf: (task: Task) => ImportConflict['conflict'] | undefined,
): ImportConflict | undefined {
  for (const [index, task] of tasks.entries()) {
    const conflict = conflictOf(task);
    if (conflict) return { index, conflict };
  }
  return undefined;
}
