import Database from 'better-sqlite3';
import { DatabaseError } from '../store.ts';

/** Opens an SQLite file, or a serialized database in memory. @throws SqliteError; DatabaseError if the native module of better-sqlite3 cannot be loaded */
export function openFile(path: string | Buffer, options?: Database.Options): Database.Database {
  try {
    return new Database(path, options);
  } catch (error) {
    throw isLoadFailure(error) ? new DatabaseError(loadFailure(error), { cause: error }) : error;
  }
}

/** @throws DatabaseError if the native module of better-sqlite3 cannot be loaded */
export function loadDriver(): void {
  openFile(':memory:').close();
}

/** Errors of `require` for a native module that is not there and for one that the system cannot load. */
const LOAD_FAILURES = ['MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'];

/** True for an error of loading the native module; `node` reports it at the first use, and on many lines. */
const isLoadFailure = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && LOAD_FAILURES.some((code) => code === error.code);

function loadFailure({ code, message }: Error & { code: string }): string {
  const remedy = 'install the dependencies again, on this machine, with npm ci';
  if (code === 'MODULE_NOT_FOUND') {
    const system = `${process.platform}-${process.arch}`;
    return `better-sqlite3 is installed without a native module for this system (${system}); ${remedy}.`;
  }
  // The first line has the path of the module and what the system's loader says of it.
  const [reason = ''] = message.split('\n');
  return `The native module of better-sqlite3 cannot be loaded on this machine; ${remedy} (${reason}).`;
}
