/** Errors on their way from a worker thread, which the structured clone would strip of their class and code. */
import Database from 'better-sqlite3';
import { BusyError } from './store.ts';

export interface TransferredError {
  kind: 'busy' | 'sqlite' | 'other';
  message: string;
  /** SQLite's code; empty for other kinds. */
  code: string;
  stack: string | undefined;
}

export function transferError(error: unknown): TransferredError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof Database.SqliteError) return { kind: 'sqlite', message, code: error.code, stack };
  return { kind: error instanceof BusyError ? 'busy' : 'other', message, code: '', stack };
}

/** The error as it was thrown in the other thread: of the same class, with the same code and stack. */
export function receiveError({ kind, message, code, stack }: TransferredError): Error {
  const error =
    kind === 'sqlite'
      ? new Database.SqliteError(message, code)
      : kind === 'busy'
        ? new BusyError(message)
        : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}
