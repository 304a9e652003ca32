/** Adds tasks in the caller's transaction: one statement inserts all new tasks, and the others follow one by one. */
import type { ImportedTask } from '../queries/imports.ts';
import type { OnConflict } from '../queries/results.ts';
import type { AddOptions } from '../queries/services-tasks.ts';
import type { NewHdpTask, NewServicesTask } from '../rows.ts';
import { insertHdpTasks } from './hdp-bulk-insertion.ts';
import { insertHdpTask, lockHdpTask, replaceHdpTask } from './hdp-task-table.ts';
import { insertServicesTasks } from './services-bulk-insertion.ts';
import { insertServicesTask, lockServicesTask, replaceServicesTask } from './services-task-table.ts';
import type { WriteTransaction } from './transactions.ts';

/** The outcome for a task, with its id if it was inserted. */
export type AddedTask = ImportedTask & { id?: number };

/** Adds a task. */
export async function addServicesTask(
  transaction: WriteTransaction,
  task: NewServicesTask,
  options: AddOptions,
): Promise<AddedTask> {
  if (await insertServicesTask(transaction, task)) return { added: 'inserted', id: task.id };
  const { onConflict, allowChainChange = true } = options;
  if (onConflict !== 'replace') return { added: onConflict === 'skip' ? 'skipped' : 'conflict' };
  const before = await lockServicesTask(transaction, task.id);
  // Another transaction has just removed it.
  if (!before) return addServicesTask(transaction, task, options);
  if (before.chain !== task.chain && !allowChainChange) return { added: 'conflict', ofChain: before.chain };
  await replaceServicesTask(transaction, before, task);
  return { added: 'replaced' };
}

/** Adds tasks in order. @param stopsAtConflict true if the outcomes after the first conflict are not needed */
export async function addServicesTasks(
  transaction: WriteTransaction,
  tasks: readonly NewServicesTask[],
  options: AddOptions,
  stopsAtConflict = false,
): Promise<AddedTask[]> {
  const inserted = await insertServicesTasks(transaction, tasks);
  return addRest(
    tasks,
    ({ id }) => (inserted.delete(id) ? id : undefined),
    stopsAtConflict,
    (task) => addServicesTask(transaction, task, options),
  );
}

/** Adds a task. */
export async function addHdpTask(
  transaction: WriteTransaction,
  task: NewHdpTask,
  onConflict: OnConflict,
): Promise<AddedTask> {
  const id = await insertHdpTask(transaction, task);
  if (id !== undefined) return { added: 'inserted', id };
  if (onConflict !== 'replace') return { added: onConflict === 'skip' ? 'skipped' : 'conflict' };
  const before = await lockHdpTask(transaction, task.uuid);
  // Another transaction has just removed it.
  if (!before) return addHdpTask(transaction, task, onConflict);
  await replaceHdpTask(transaction, before, task);
  return { added: 'replaced' };
}

/** Adds tasks in order. @param stopsAtConflict true if the outcomes after the first conflict are not needed */
export async function addHdpTasks(
  transaction: WriteTransaction,
  tasks: readonly NewHdpTask[],
  onConflict: OnConflict,
  stopsAtConflict = false,
): Promise<AddedTask[]> {
  const inserted = await insertHdpTasks(transaction, tasks);
  const takeId = ({ uuid }: NewHdpTask) => {
    const id = inserted.get(uuid);
    inserted.delete(uuid);
    return id;
  };
  return addRest(tasks, takeId, stopsAtConflict, (task) => addHdpTask(transaction, task, onConflict));
}

/** Returns outcomes without the ids of the inserted tasks. */
export const withoutIds = (added: readonly AddedTask[]): ImportedTask[] =>
  added.map(({ id: _, ...result }) => result);

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
