import Database from 'better-sqlite3';
import { FROZEN_MESSAGE } from '../copy/frozen.ts';
import { BusyError } from '../store.ts';

/** True if another connection holds the lock. */
export const isBusy = (error: unknown): boolean =>
  error instanceof Database.SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code);

/** True if a frozen database has refused a change. */
export function isFrozen(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof Database.SqliteError) return cause.message === FROZEN_MESSAGE;
  return false;
}

/** True if the database is unavailable (frozen, locked, out of disk, unreadable); the request itself is valid. */
export function isUnavailable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof BusyError) return true;
    if (cause instanceof Database.SqliteError) {
      if (cause.message === FROZEN_MESSAGE) return true;
      return /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CANTOPEN|READONLY|NOMEM|PROTOCOL)/.test(cause.code);
    }
  }
  return false;
}

/** True if the error reports a damaged database file. */
export const isDamaged = (error: unknown): boolean =>
  error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);

/** Returns the name of the table that an error says is missing; undefined for other errors. */
export const missingTable = (error: unknown): string | undefined =>
  error instanceof Database.SqliteError
    ? /^no such table: (?:main\.)?(\S+)$/.exec(error.message)?.[1]
    : undefined;
