/**
 * Only this file and hdp-bulk-insertion.ts write `hdp_tasks`. Each function adds its changes of the list, the search index
 * and the figures to the transaction's change accumulator.
 */
import type { TransitionChanges } from '../model/task-changes.ts';
import type { HdpTaskRow, NewHdpTask } from '../rows.ts';
import type { Connection } from './connection.ts';
import { addChange, addFigureChange, programOf, type WrittenHdpTask } from './hdp-task-changes.ts';
import { removePasses } from './hdp-transitions.ts';
import { hdpTasks, IDENTITY_DIGEST } from './schema.ts';
import { findOrInsertProgram, identityDigest } from './search/programs.ts';
import { columnsOf, statement, writtenColumns } from './statements.ts';
import type { WriteTransaction } from './transactions.ts';

const changeable = writtenColumns(hdpTasks, ['id', 'uuid']);

const insertedByClient = writtenColumns(hdpTasks, ['id', 'programId']);

const insertion = statement<NewHdpTask & { program: Buffer }, { id: number; programId: number | null }>(
  'insert-hdp-task',
  `INSERT INTO hdp_tasks (${insertedByClient.names}, program_id)
   VALUES (${insertedByClient.values}, (SELECT id FROM hdp_programs WHERE ${IDENTITY_DIGEST} = :program))
   ON CONFLICT (uuid) DO NOTHING RETURNING id, program_id AS "programId"`,
);

const programUpdate = statement<{ id: number; programId: number }>(
  'set-program',
  'UPDATE hdp_tasks SET program_id = :programId WHERE id = :id',
);

const update = statement<WrittenHdpTask & { id: number }>(
  'update-hdp-task',
  `UPDATE hdp_tasks SET ${changeable.assignments} WHERE id = :id`,
);

const removal = statement<{ id: number }>('remove-hdp-task', 'DELETE FROM hdp_tasks WHERE id = :id');

const lockedIds = statement<{ ids: readonly number[] }, { id: number }>(
  'lock-hdp-tasks',
  'SELECT id FROM hdp_tasks WHERE id = ANY (:ids) ORDER BY id FOR UPDATE',
);

const removals = statement<{ ids: readonly number[] }, HdpTaskRow>(
  'remove-hdp-tasks',
  `DELETE FROM hdp_tasks WHERE id = ANY (:ids) RETURNING ${columnsOf(hdpTasks)}`,
);

const byUuid = statement<{ uuid: string }, HdpTaskRow>(
  'find-hdp-task',
  `SELECT ${columnsOf(hdpTasks)} FROM hdp_tasks WHERE uuid = :uuid`,
);

const locked = statement<{ uuid: string }, HdpTaskRow>(
  'lock-hdp-task',
  `SELECT ${columnsOf(hdpTasks)} FROM hdp_tasks WHERE uuid = :uuid FOR UPDATE`,
);

const childRemovals = ['hdp_transitions', 'hdp_mmrs', 'hdp_task_details', 'hdp_webhooks'].map((table) =>
  statement<{ id: number }>(`remove-children-${table}`, `DELETE FROM ${table} WHERE task = :id`),
);

function write(
  transaction: WriteTransaction,
  before: HdpTaskRow,
  after: WrittenHdpTask & { id: number },
): void {
  transaction.send(update, after);
  transaction.changes.addScope('hdp');
  addFigureChange(transaction, before, -1);
  addFigureChange(transaction, after, 1);
  if (before.createdAt === after.createdAt && before.programId === after.programId) return;
  addChange(transaction, before, -1);
  addChange(transaction, after, 1);
}

export const findHdpTask = (connection: Connection, uuid: string): Promise<HdpTaskRow | undefined> =>
  connection.first(byUuid, { uuid });

/** Returns a task, which no other transaction can change until this one ends. */
export const lockHdpTask = (transaction: WriteTransaction, uuid: string): Promise<HdpTaskRow | undefined> =>
  transaction.first(locked, { uuid });

/** Inserts a task. @returns its id; undefined, with nothing written, if the uuid is taken */
export async function insertHdpTask(
  transaction: WriteTransaction,
  task: NewHdpTask,
): Promise<number | undefined> {
  const program = programOf(task);
  const result = await transaction.first(insertion, { ...task, program: identityDigest(program) });
  // A task that is not inserted must not insert its program.
  if (!result) return undefined;
  const { id } = result;
  const programId = result.programId ?? (await findOrInsertProgram(transaction, program));
  if (result.programId === null) transaction.send(programUpdate, { id, programId });
  addChange(transaction, { ...task, programId }, 1);
  addFigureChange(transaction, task, 1);
  return id;
}

/** Updates the columns of a transition. */
export async function updateHdpTask(
  transaction: WriteTransaction,
  before: HdpTaskRow,
  changes: TransitionChanges,
): Promise<void> {
  const changed = { ...before, ...changes };
  const isSameProgram =
    changed.programHash === before.programHash && changed.programName === before.programName;
  const programId = isSameProgram
    ? before.programId
    : await findOrInsertProgram(transaction, programOf(changed));
  write(transaction, before, { ...changed, programId });
}

/** Replaces a task by another one with the same uuid. The rows that belong to the old task are removed. */
export async function replaceHdpTask(
  transaction: WriteTransaction,
  before: HdpTaskRow,
  task: NewHdpTask,
): Promise<void> {
  await removePasses(transaction, [before.id]);
  for (const removeChildren of childRemovals) transaction.send(removeChildren, { id: before.id });
  const programId = await findOrInsertProgram(transaction, programOf(task));
  write(transaction, before, { ...task, id: before.id, programId });
}

/** Removes a task. Foreign keys remove the rows that belong to it. */
export async function removeHdpTask(transaction: WriteTransaction, before: HdpTaskRow): Promise<void> {
  await removePasses(transaction, [before.id]);
  await transaction.run(removal, { id: before.id });
  addChange(transaction, before, -1);
  addFigureChange(transaction, before, -1);
}

/** Removes tasks. @returns the number of tasks that existed */
export async function removeHdpTasks(transaction: WriteTransaction, ids: readonly number[]): Promise<number> {
  // No other transaction may add a transition between the two statements that follow.
  await transaction.all(lockedIds, { ids });
  await removePasses(transaction, ids);
  const removed = await transaction.all(removals, { ids });
  for (const task of removed) {
    addChange(transaction, task, -1);
    addFigureChange(transaction, task, -1);
  }
  return removed.length;
}
