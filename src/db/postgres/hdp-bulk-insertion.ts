/** Inserts many HDP tasks: by COPY if all of them are new, otherwise by one INSERT. */
import type { NewHdpTask } from '../rows.ts';
import { copyIfNew, MIN_COPIED_ROWS } from './bulk-insertion.ts';
import { addChange, addFigureChange, programOf, type WrittenHdpTask } from './hdp-task-changes.ts';
import { hdpTasks } from './schema.ts';
import { findOrInsertPrograms, findPrograms } from './search/programs.ts';
import { type ColumnArrays, columnArrays, statement, writtenColumns } from './statements.ts';
import type { WriteTransaction } from './transactions.ts';

const inserted = writtenColumns(hdpTasks, ['id']);

const bulkInsertion = statement<ColumnArrays, { id: number; uuid: string }>(
  'insert-hdp-tasks',
  `INSERT INTO hdp_tasks (${inserted.names}) SELECT * FROM ${inserted.unnested}
   ON CONFLICT (uuid) DO NOTHING RETURNING id, uuid`,
);

const written = writtenColumns(hdpTasks);

const nextIds = statement<{ count: number }, { id: number }>(
  'next-hdp-task-ids',
  `SELECT nextval('hdp_tasks_id_seq') AS id FROM generate_series(1, :count::bigint)`,
);

const existing = statement<{ uuids: readonly string[] }, { uuid: string }>(
  'find-existing-hdp-tasks',
  'SELECT uuid FROM hdp_tasks WHERE uuid = ANY (:uuids)',
);

/** Inserts tasks. A task whose uuid is taken is left out. @returns the ids of the inserted tasks by their uuids */
export async function insertHdpTasks(
  transaction: WriteTransaction,
  tasks: readonly NewHdpTask[],
): Promise<Map<string, number>> {
  const distinct = new Map<string, NewHdpTask>();
  for (const task of tasks) if (!distinct.has(task.uuid)) distinct.set(task.uuid, task);
  const all = [...distinct.values()];
  const known =
    all.length < MIN_COPIED_ROWS ? undefined : await findPrograms(transaction, all.map(programOf));
  if (known) {
    const rows = withPrograms(all, known);
    const ids = await copyNew(transaction, rows);
    if (ids) return addChanges(transaction, rows, ids);
  }
  // A task that is not inserted must not insert its program.
  const found = await transaction.all(existing, { uuids: [...distinct.keys()] });
  for (const { uuid } of found) distinct.delete(uuid);
  const rest = [...distinct.values()];
  const rows = withPrograms(rest, await findOrInsertPrograms(transaction, rest.map(programOf)));
  const ids = (await copyNew(transaction, rows)) ?? (await insertNew(transaction, rows));
  return addChanges(transaction, rows, ids);
}

const withPrograms = (tasks: readonly NewHdpTask[], programs: readonly number[]): WrittenHdpTask[] =>
  tasks.map((task, index) => ({ ...task, programId: programs[index] ?? null }));

function addChanges(
  transaction: WriteTransaction,
  rows: readonly WrittenHdpTask[],
  ids: Map<string, number>,
): Map<string, number> {
  for (const row of rows) {
    if (!ids.has(row.uuid)) continue;
    addChange(transaction, row, 1);
    addFigureChange(transaction, row, 1);
  }
  return ids;
}

/** Inserts tasks by COPY. @returns their ids by their uuids; undefined, with nothing written, if COPY cannot insert them */
async function copyNew(
  transaction: WriteTransaction,
  rows: readonly WrittenHdpTask[],
): Promise<Map<string, number> | undefined> {
  if (rows.length < MIN_COPIED_ROWS) return undefined;
  const ids = await transaction.all(nextIds, { count: rows.length });
  const withIds = rows.map((row, index) => ({ ...row, id: ids[index]?.id }));
  if (!(await copyIfNew(transaction, { table: 'hdp_tasks', ...written }, withIds))) return undefined;
  return new Map(withIds.flatMap(({ uuid, id }) => (id === undefined ? [] : [[uuid, id]])));
}

/** Inserts tasks with different uuids. @returns the ids of the inserted tasks by their uuids */
async function insertNew(
  transaction: WriteTransaction,
  rows: readonly WrittenHdpTask[],
): Promise<Map<string, number>> {
  const added = await transaction.all(bulkInsertion, columnArrays(inserted.properties, rows));
  return new Map(added.map(({ id, uuid }) => [uuid, id]));
}
