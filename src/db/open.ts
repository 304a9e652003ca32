import { dirname } from 'node:path';
import { IN_MEMORY } from '../lib/path-variable.ts';
import { isPostgresUrl } from '../lib/postgres-url.ts';
import { startFolding } from './postgres/maintenance/folding.ts';
import { openPostgres } from './postgres/store.ts';
import type { OpenOptions } from './sqlite/connection.ts';
import { filePath } from './sqlite/database-url.ts';
import { openSqlite } from './sqlite/store.ts';
import { type DatabaseThreadOptions, startThreads } from './sqlite/threads/start.ts';
import type { Store } from './store.ts';

/**
 * Opens the database that a URL names: a file path, a `file:` URL, `:memory:`, or a URL of PostgreSQL.
 * @throws DatabaseError if a file cannot be opened, is not an SQLite database, or belongs to another program
 */
export function openStore(databaseUrl: string, options: OpenOptions = {}): Store {
  return isPostgresUrl(databaseUrl) ? openPostgres(databaseUrl, options) : openSqlite(databaseUrl, options);
}

export interface DatabaseWorkOptions extends DatabaseThreadOptions {
  store: Store;
}

/** The background work of a process on its database. */
export interface DatabaseWork {
  /** Searches HDP tasks in a thread. Without it, the store searches. */
  search?: Store['hdpTasks']['list'];
  stop(): Promise<void>;
}

/** Starts the background work: threads that search and maintain a file, or the folding of PostgreSQL. */
export function startDatabaseWork({ store, ...options }: DatabaseWorkOptions): DatabaseWork {
  const { databaseUrl, reportError } = options;
  if (isPostgresUrl(databaseUrl)) {
    return startFolding({ fold: store.index, reportError: (error) => reportError(error, 'folding failed') });
  }
  // No other connection can open a database in memory.
  return databaseUrl === IN_MEMORY ? { stop: async () => {} } : startThreads(options);
}

/** Returns the folder of a database; undefined if it is in memory or on a server. */
export const databaseFolder = (databaseUrl: string): string | undefined =>
  databaseUrl === IN_MEMORY || isPostgresUrl(databaseUrl) ? undefined : dirname(filePath(databaseUrl));

export { isDamaged, isUnavailable } from './errors.ts';
export { DatabaseError, type Store } from './store.ts';
