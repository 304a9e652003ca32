/**
 * The only writer of `services_tasks`. Each function adds to the transaction's change accumulator which lists the task
 * enters and leaves.
 */
import { createServicesGroups, type ServicesListFields } from '../model/lists.ts';
import { servicesScope } from '../model/scopes.ts';
import { targetFields } from '../model/target-fields.ts';
import type { RunChanges } from '../model/task-changes.ts';
import type { NewServicesTask, ServicesTaskRow } from '../rows.ts';
import { copyIfNew, MIN_COPIED_ROWS } from './bulk-insertion.ts';
import type { Connection } from './connection.ts';
import { servicesTasks } from './schema.ts';
import { NEXT_ID, raisesSequence } from './services-task-ids.ts';
import { type ColumnArrays, columnArrays, columnsOf, statement, writtenColumns } from './statements.ts';
import type { WriteTransaction } from './transactions.ts';

type WrittenTask = NewServicesTask & Pick<ServicesTaskRow, 'action' | 'campaign'>;

type ListedTask = ServicesListFields & { id: number };

const columns = writtenColumns(servicesTasks);

const insertion = statement<WrittenTask>(
  'insert-services-task',
  `INSERT INTO services_tasks (${columns.names}) VALUES (${columns.values}) ON CONFLICT (id) DO NOTHING`,
);

const newColumns = writtenColumns(servicesTasks, ['id']);

// It inserts nothing if an import has used the id.
const newInsertion = statement<Omit<WrittenTask, 'id'>, { id: number }>(
  'insert-new-services-task',
  `INSERT INTO services_tasks (id, ${newColumns.names}) VALUES ((${NEXT_ID}), ${newColumns.values})
   ON CONFLICT (id) DO NOTHING RETURNING id`,
);

const bulkInsertion = statement<ColumnArrays, { id: number }>(
  'insert-services-tasks',
  `INSERT INTO services_tasks (${columns.names}) SELECT * FROM ${columns.unnested}
   ON CONFLICT (id) DO NOTHING RETURNING id`,
);

const existing = statement<{ ids: readonly number[] }, { id: number }>(
  'find-existing-services-tasks',
  'SELECT id FROM services_tasks WHERE id = ANY (:ids)',
);

const removals = statement<{ ids: readonly number[] }, ServicesTaskRow>(
  'remove-services-tasks',
  `DELETE FROM services_tasks WHERE id = ANY (:ids) RETURNING ${columnsOf(servicesTasks)}`,
);

const replacement = statement<WrittenTask>(
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

const groupOf = createServicesGroups();

function addChange({ changes }: WriteTransaction, task: ListedTask, by: 1 | -1): void {
  changes.addListChange(groupOf(task), { position: task.id, tie: '' }, by);
  changes.addScope(servicesScope(task.chain));
}

function addMove(transaction: WriteTransaction, before: ListedTask, after: ListedTask): void {
  addChange(transaction, before, -1);
  addChange(transaction, after, 1);
}

const withTargetFields = (task: NewServicesTask): WrittenTask => ({ ...task, ...targetFields(task.target) });

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

/** Inserts tasks with given ids. A task whose id is taken is left out. @returns the ids of the inserted tasks */
export async function insertServicesTasks(
  transaction: WriteTransaction,
  tasks: readonly NewServicesTask[],
): Promise<Set<number>> {
  const rows = new Map<number, WrittenTask>();
  for (const task of tasks) if (!rows.has(task.id)) rows.set(task.id, withTargetFields(task));
  const inserted = await insertNew(transaction, [...rows.values()]);
  for (const id of inserted) {
    const row = rows.get(id);
    if (!row) continue;
    if (raisesSequence(id)) transaction.changes.addServicesId(id);
    addChange(transaction, row, 1);
  }
  return inserted;
}

/** Inserts tasks with different ids. @returns the ids of the inserted tasks */
async function insertNew(transaction: WriteTransaction, rows: readonly WrittenTask[]): Promise<Set<number>> {
  const target = { table: 'services_tasks', ...columns };
  if (await copyIfNew(transaction, target, rows)) return new Set(rows.map(({ id }) => id));
  const rest = rows.length < MIN_COPIED_ROWS ? rows : await withoutTaken(transaction, rows);
  if (await copyIfNew(transaction, target, rest)) return new Set(rest.map(({ id }) => id));
  const inserted = await transaction.all(bulkInsertion, columnArrays(columns.properties, rest));
  return new Set(inserted.map(({ id }) => id));
}

/** Returns the rows whose ids are not taken. */
async function withoutTaken(
  transaction: WriteTransaction,
  rows: readonly WrittenTask[],
): Promise<WrittenTask[]> {
  const found = await transaction.all(existing, { ids: rows.map(({ id }) => id) });
  const taken = new Set(found.map(({ id }) => id));
  return rows.filter(({ id }) => !taken.has(id));
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
