import { dirname } from 'node:path';
import { IN_MEMORY } from '../lib/path-variable.ts';
import type { OpenOptions } from './sqlite/connection.ts';
import { filePath } from './sqlite/database-url.ts';
import { openSqlite } from './sqlite/store.ts';
import { type DatabaseThreadOptions, type DatabaseThreads, startThreads } from './sqlite/threads/start.ts';
import type { Store } from './store.ts';

/**
 * Opens the database that a URL names: a file path, a `file:` URL, or `:memory:`.
 * @throws DatabaseError if the file cannot be opened, is not an SQLite database, or belongs to another program
 */
export function openStore(databaseUrl: string, options: OpenOptions = {}): Store {
  return openSqlite(databaseUrl, options);
}

/**
 * Starts the threads that search and maintain a database.
 * @returns undefined for a database in memory, which no other connection can open: the store searches itself
 */
export function startDatabaseThreads(options: DatabaseThreadOptions): DatabaseThreads | undefined {
  return options.databaseUrl === IN_MEMORY ? undefined : startThreads(options);
}

/** Returns the folder of a database; undefined if it is in memory. @throws DatabaseError if the URL names no file */
export const databaseFolder = (databaseUrl: string): string | undefined =>
  databaseUrl === IN_MEMORY ? undefined : dirname(filePath(databaseUrl));

export { isBusy, isDamaged, isUnavailable, missingTable } from './sqlite/errors.ts';
export { DatabaseError, type Store } from './store.ts';
