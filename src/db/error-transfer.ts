/** Transfers errors from worker threads. A structured clone would lose their class and code. */
import Database from 'better-sqlite3';
import { BusyError } from './store.ts';

export interface TransferredError {
  kind: 'busy' | 'sqlite' | 'other';
  message: string;
  /** SQLite's code; empty for other kinds. */
  code: string;
  stack: string | undefined;
}

/** Converts an error to an object that can be cloned. */
export function transferError(error: unknown): TransferredError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof Database.SqliteError) return { kind: 'sqlite', message, code: error.code, stack };
  return { kind: error instanceof BusyError ? 'busy' : 'other', message, code: '', stack };
}

/** Restores a transferred error, with its class, code and stack. */
export function receiveError({ kind, message, code, stack }: TransferredError): Error {
  const error = createError(kind, message, code);
  if (stack !== undefined) error.stack = stack;
  return error;
}

function createError(kind: TransferredError['kind'], message: string, code: string): Error {
  if (kind === 'sqlite') return new Database.SqliteError(message, code);
  return kind === 'busy' ? new BusyError(message) : new Error(message);
}
