/** The two kinds of task that an import adds. */

import type { ImportApi } from '../../model/import-records.ts';
import type { ImportConflict } from '../../queries/imports.ts';
import type { OnConflict } from '../../queries/results.ts';
import type { AddOptions } from '../../queries/services-tasks.ts';
import type { NewHdpTask, NewServicesTask } from '../../rows.ts';
import type { Connection } from '../connection.ts';
import { statement } from '../statements.ts';
import { type AddedTask, addHdpTasks, addServicesTasks } from '../task-addition.ts';
import type { WriteTransaction } from '../transactions.ts';

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
    add: (transaction, tasks, stopsAtConflict) =>
      addServicesTasks(transaction, tasks, options, stopsAtConflict),
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
    add: (transaction, tasks, stopsAtConflict) =>
      addHdpTasks(transaction, tasks, onConflict, stopsAtConflict),
    async findConflict(connection: Connection, tasks) {
      if (onConflict !== 'error') return undefined;
      const rows = await connection.all(existingUuids, { uuids: tasks.map(({ uuid }) => uuid) });
      const uuids = new Set(rows.map(({ uuid }) => uuid));
      return firstConflict(tasks, ({ uuid }) => (uuids.has(uuid) ? { added: 'conflict' } : undefined));
    },
  };
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
