/**
 * Only this file and services-bulk-insertion.ts write `services_tasks`. Each function adds to the transaction's change
 * accumulator which lists the task enters and leaves.
 */
import { servicesScope } from '../model/scopes.ts';
import { targetFields } from '../model/target-fields.ts';
import type { RunChanges } from '../model/task-changes.ts';
import type { NewServicesTask, ServicesTaskRow } from '../rows.ts';
import type { Connection } from './connection.ts';
import { servicesTasks } from './schema.ts';
import {
  addChange,
  type ListedServicesTask,
  type WrittenServicesTask,
  withTargetFields,
} from './services-task-changes.ts';
import { NEXT_ID, raisesSequence } from './services-task-ids.ts';
import { columnsOf, statement, writtenColumns } from './statements.ts';
import type { WriteTransaction } from './transactions.ts';

const columns = writtenColumns(servicesTasks);

const insertion = statement<WrittenServicesTask>(
  'insert-services-task',
  `INSERT INTO services_tasks (${columns.names}) VALUES (${columns.values}) ON CONFLICT (id) DO NOTHING`,
);

const newColumns = writtenColumns(servicesTasks, ['id']);

// It inserts nothing if an import has used the id.
const newInsertion = statement<Omit<WrittenServicesTask, 'id'>, { id: number }>(
  'insert-new-services-task',
  `INSERT INTO services_tasks (id, ${newColumns.names}) VALUES ((${NEXT_ID}), ${newColumns.values})
   ON CONFLICT (id) DO NOTHING RETURNING id`,
);

const removals = statement<{ ids: readonly number[] }, ServicesTaskRow>(
  'remove-services-tasks',
  `DELETE FROM services_tasks WHERE id = ANY (:ids) RETURNING ${columnsOf(servicesTasks)}`,
);

const replacement = statement<WrittenServicesTask>(
  'replace-services-task',
  `UPDATE services_tasks SET ${columns.assignments} WHERE id = :id`,
);

const runUpdate = statement<ServicesTaskRow>(
  'update-services-task',
  `UPDATE services_tasks SET status = :status, version = :version, last_run_at = :lastRunAt,
     modified_at = :modifiedAt, result = :result
   WHERE id = :id`,
);

const removal = statement<{ id: number }>(
  'remove-services-task',
  'DELETE FROM services_tasks WHERE id = :id',
);

const byId = statement<{ id: number }, ServicesTaskRow>(
  'find-services-task',
  `SELECT ${columnsOf(servicesTasks)} FROM services_tasks WHERE id = :id`,
);

const locked = statement<{ id: number }, ServicesTaskRow>(
  'lock-services-task',
  `SELECT ${columnsOf(servicesTasks)} FROM services_tasks WHERE id = :id FOR UPDATE`,
);

const childRemovals = ['services_leases', 'services_logs', 'services_files'].map((table) =>
  statement<{ id: number }>(`remove-children-${table}`, `DELETE FROM ${table} WHERE task = :id`),
);

function addMove(transaction: WriteTransaction, before: ListedServicesTask, after: ListedServicesTask): void {
  addChange(transaction, before, -1);
  addChange(transaction, after, 1);
}

/** Returns a task of any chain. */
export const findServicesTask = (connection: Connection, id: number): Promise<ServicesTaskRow | undefined> =>
  connection.first(byId, { id });

/** Returns a task of any chain, which no other transaction can change until this one ends. */
export const lockServicesTask = (
  transaction: WriteTransaction,
  id: number,
): Promise<ServicesTaskRow | undefined> => transaction.first(locked, { id });

/** Inserts a task with a given id. @returns false, with nothing written, if the id is taken */
export async function insertServicesTask(
  transaction: WriteTransaction,
  task: NewServicesTask,
): Promise<boolean> {
  const row = withTargetFields(task);
  if ((await transaction.run(insertion, row)) === 0) return false;
  if (raisesSequence(row.id)) transaction.changes.addServicesId(row.id);
  addChange(transaction, row, 1);
  return true;
}

/** Inserts a task with an unused id. @returns the row */
export async function insertNewServicesTask(
  transaction: WriteTransaction,
  task: Omit<NewServicesTask, 'id'>,
): Promise<ServicesTaskRow> {
  const values = { ...task, ...targetFields(task.target) };
  let inserted: { id: number } | undefined;
  while (!inserted) inserted = await transaction.first(newInsertion, values);
  const row = { ...values, ...inserted };
  addChange(transaction, row, 1);
  const { lastRunAt = null, result = null, dueAt = null, seriesStart = null } = row;
  return { ...row, lastRunAt, result, dueAt, seriesStart };
}

/** Updates the columns of a run. @returns the new row */
export async function updateServicesTask(
  transaction: WriteTransaction,
  before: ServicesTaskRow,
  changes: RunChanges,
): Promise<ServicesTaskRow> {
  const after = { ...before, ...changes };
  await transaction.run(runUpdate, after);
  if (after.status === before.status) transaction.changes.addScope(servicesScope(before.chain));
  else addMove(transaction, before, after);
  return after;
}

/** Replaces a task by another one with the same id. The log, lease and file of the old task are removed. */
export async function replaceServicesTask(
  transaction: WriteTransaction,
  before: ServicesTaskRow,
  task: NewServicesTask,
): Promise<void> {
  const after = withTargetFields(task);
  await transaction.run(replacement, after);
  addMove(transaction, before, after);
  for (const removeChildren of childRemovals) await transaction.run(removeChildren, { id: before.id });
}

/** Removes a task. Foreign keys remove its log, lease and file. */
export async function removeServicesTask(
  transaction: WriteTransaction,
  before: ServicesTaskRow,
): Promise<void> {
  await transaction.run(removal, { id: before.id });
  addChange(transaction, before, -1);
}

/** Removes tasks. @returns the number of tasks that existed */
export async function removeServicesTasks(
  transaction: WriteTransaction,
  ids: readonly number[],
): Promise<number> {
  const removed = await transaction.all(removals, { ids });
  for (const task of removed) addChange(transaction, task, -1);
  return removed.length;
}
