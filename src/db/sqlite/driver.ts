import Database from 'better-sqlite3';
import { IN_MEMORY } from '../../lib/path-variable.ts';
import { DatabaseError } from '../store.ts';

/** How long a write is retried, and how long SQLite waits for a lock in a read, which only a recovery takes. */
export const BUSY_TIMEOUT_MS = 5000;

/**
 * Opens an SQLite file, or a serialized database in memory.
 * @throws SqliteError; DatabaseError if the native module of better-sqlite3 cannot be loaded
 */
export function openFile(path: string | Buffer, options?: Database.Options): Database.Database {
  try {
    return new Database(path, options);
  } catch (error) {
    throw isLoadFailure(error) ? new DatabaseError(loadFailureMessage(error), { cause: error }) : error;
  }
}

/** @throws DatabaseError if the native module of better-sqlite3 cannot be loaded */
export function loadDriver(): void {
  openFile(':memory:').close();
}

let migratedImage: Buffer | undefined;

/** Opens a database in memory: a copy of the stored image if there is one, because a migration takes long. */
export const openInMemory = (): Database.Database => openFile(migratedImage ?? IN_MEMORY);

/** Stores the image of a migrated database in memory that has no rows yet. */
export function storeMigratedImage(sqlite: Database.Database): void {
  migratedImage ??= sqlite.serialize();
}

/** Errors of `require` for a native module that does not exist and for one that the system cannot load. */
const LOAD_FAILURES = ['MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'];

/** True if the native module cannot be loaded. Node.js reports it at the first use, in a message of several lines. */
const isLoadFailure = (error: unknown): error is Error & { code: string } =>
  error instanceof Error && 'code' in error && LOAD_FAILURES.some((code) => code === error.code);

function loadFailureMessage({ code, message }: Error & { code: string }): string {
  const remedy = 'install the dependencies again, on this machine, with npm ci';
  if (code === 'MODULE_NOT_FOUND') {
    const system = `${process.platform}-${process.arch}`;
    return `better-sqlite3 is installed without a native module for this system (${system}); ${remedy}.`;
  }
  // The first line has the path of the module and the message of the system's loader.
  const [reason = ''] = message.split('\n');
  return `The native module of better-sqlite3 cannot be loaded on this machine; ${remedy} (${reason}).`;
}
