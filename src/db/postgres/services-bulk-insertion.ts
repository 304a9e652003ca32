/** Inserts many Services tasks: by COPY if all of them are new, otherwise by one INSERT. */
import type { NewServicesTask } from '../rows.ts';
import { copyIfNew, MIN_COPIED_ROWS } from './bulk-insertion.ts';
import { servicesTasks } from './schema.ts';
import { addChange, type WrittenServicesTask, withTargetFields } from './services-task-changes.ts';
import { raisesSequence } from './services-task-ids.ts';
import { type ColumnArrays, columnArrays, statement, writtenColumns } from './statements.ts';
import type { WriteTransaction } from './transactions.ts';

const columns = writtenColumns(servicesTasks);

const bulkInsertion = statement<ColumnArrays, { id: number }>(
  'insert-services-tasks',
  `INSERT INTO services_tasks (${columns.names}) SELECT * FROM ${columns.unnested}
   ON CONFLICT (id) DO NOTHING RETURNING id`,
);

const existing = statement<{ ids: readonly number[] }, { id: number }>(
  'find-existing-services-tasks',
  'SELECT id FROM services_tasks WHERE id = ANY (:ids)',
);

/** Inserts tasks with given ids. A task whose id is taken is left out. @returns the ids of the inserted tasks */
export async function insertServicesTasks(
  transaction: WriteTransaction,
  tasks: readonly NewServicesTask[],
): Promise<Set<number>> {
  const rows = new Map<number, WrittenServicesTask>();
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
async function insertNew(
  transaction: WriteTransaction,
  rows: readonly WrittenServicesTask[],
): Promise<Set<number>> {
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
  rows: readonly WrittenServicesTask[],
): Promise<WrittenServicesTask[]> {
  const found = await transaction.all(existing, { ids: rows.map(({ id }) => id) });
  const taken = new Set(found.map(({ id }) => id));
  return rows.filter(({ id }) => !taken.has(id));
}
