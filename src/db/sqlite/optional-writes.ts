/** Writes that a run can do without: above all, entries in a task's log. */
import type Database from 'better-sqlite3';
import { toUnixSeconds } from '../../time.ts';
import type { NewLogEntry } from '../queries/task-runs.ts';
import { isUnavailable } from './errors.ts';
import type { WriteTransaction } from './write-transaction.ts';

export function prepareOptionalWrites(sqlite: Database.Database) {
  const logInsertion = sqlite.prepare<[number, number, string, string]>(
    'INSERT INTO services_logs (task, time, level, message) VALUES (?, ?, ?, ?)',
  );

  function addLogs(task: number, entries: readonly NewLogEntry[]): void {
    for (const { time, level, message } of entries)
      logInsertion.run(task, toUnixSeconds(time), level, message);
  }

  /**
   * Runs `work` in a savepoint, and continues without it if the database refuses it.
   * @returns the error of a refusal, or nothing
   * @throws an error that has ended the whole transaction
   */
  function tryWrite(transaction: WriteTransaction, work: () => void): Error[] {
    try {
      transaction.savepoint(work);
      return [];
    } catch (error) {
      if (!sqlite.inTransaction || isUnavailable(error) || !(error instanceof Error)) throw error;
      return [error];
    }
  }

  /** Adds the log entries that the database accepts. @returns the error of the first refused entry, or nothing */
  function tryLog(transaction: WriteTransaction, task: number, entries: readonly NewLogEntry[]): Error[] {
    const refused = tryWrite(transaction, () => addLogs(task, entries));
    if (refused.length === 0 || entries.length === 1) return refused;
    const each = entries.flatMap((entry) => tryWrite(transaction, () => addLogs(task, [entry])));
    return each.slice(0, 1);
  }

  return { tryWrite, addLogs, tryLog };
}
