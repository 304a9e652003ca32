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

const MISSING = 'Could not locate the bindings file';

/** True for an error of loading the native module; `node` reports it at the first use, and on many lines. */
const isLoadFailure = (error: unknown): error is Error =>
  error instanceof Error &&
  (('code' in error && error.code === 'ERR_DLOPEN_FAILED') || error.message.startsWith(MISSING));

function loadFailure({ message }: Error): string {
  const remedy = 'run npm rebuild better-sqlite3';
  if (message.startsWith(MISSING)) return `The native module of better-sqlite3 is not installed; ${remedy}.`;
  if (message.includes('NODE_MODULE_VERSION'))
    return `The native module of better-sqlite3 was built for another version of Node.js than ${process.version}; ${remedy}.`;
  // The first line has the path of the module and what the system's loader says of it.
  const [reason = ''] = message.split('\n');
  return `The native module of better-sqlite3 cannot be loaded on this machine; ${remedy} (${reason}).`;
}
