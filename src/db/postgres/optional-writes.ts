/** Writes that a run can do without: above all, entries in a task's log. */
import { toUnixSeconds } from '../../time.ts';
import type { NewLogEntry } from '../queries/task-runs.ts';
import { isUnavailable } from './errors.ts';
import { statement } from './statements.ts';
import type { WriteTransaction } from './transactions.ts';

const logInsertion = statement<NewLogEntry & { task: number }>(
  'insert-log',
  'INSERT INTO services_logs (task, time, level, message) VALUES (:task, :time, :level, :message)',
);

export async function addLogs(
  transaction: WriteTransaction,
  task: number,
  entries: readonly NewLogEntry[],
): Promise<void> {
  for (const { time, level, message } of entries) {
    await transaction.run(logInsertion, { task, time: toUnixSeconds(time), level, message });
  }
}

/**
 * Runs `work` in a savepoint, and continues without it if the database refuses it.
 * @returns the error of a refusal, or nothing
 * @throws an error that has ended the whole transaction
 */
export async function tryWrite(
  transaction: WriteTransaction,
  work: () => Promise<unknown>,
): Promise<Error[]> {
  try {
    await transaction.savepoint(work);
    return [];
  } catch (error) {
    if (isUnavailable(error) || !(error instanceof Error)) throw error;
    return [error];
  }
}

/** Adds the log entries that the database accepts. @returns the error of the first refused entry, or nothing */
export async function tryLog(
  transaction: WriteTransaction,
  task: number,
  entries: readonly NewLogEntry[],
): Promise<Error[]> {
  if (entries.length === 0) return [];
  const refused = await tryWrite(transaction, () => addLogs(transaction, task, entries));
  if (refused.length === 0 || entries.length === 1) return refused;
  const errors: Error[] = [];
  for (const entry of entries) {
    errors.push(...(await tryWrite(transaction, () => addLogs(transaction, task, [entry]))));
  }
  return errors.slice(0, 1);
}
