import { dirname } from 'node:path';
import { IN_MEMORY } from '../lib/path-variable.ts';
import { isPostgresUrl } from '../lib/postgres-url.ts';
import * as postgresErrors from './postgres/errors.ts';
import { startFolding } from './postgres/maintenance/folding.ts';
import { openPostgres } from './postgres/store.ts';
import type { OpenOptions } from './sqlite/connection.ts';
import { filePath } from './sqlite/database-url.ts';
import * as sqliteErrors from './sqlite/errors.ts';
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

/** Starts the background work of a server: threads that search and maintain a file, or the folding of PostgreSQL. */
export function startDatabaseWork({ store, ...options }: DatabaseWorkOptions): DatabaseWork {
  const { databaseUrl } = options;
  if (isPostgresUrl(databaseUrl)) return startWriterWork({ store, ...options });
  // No other connection can open a database in memory.
  return databaseUrl === IN_MEMORY ? { stop: async () => {} } : startThreads(options);
}

/** Starts the background work of a process that only writes: the folding of PostgreSQL. The server maintains a file. */
export function startWriterWork({
  store,
  databaseUrl,
  reportError,
}: Pick<DatabaseWorkOptions, 'store' | 'databaseUrl' | 'reportError'>): Pick<DatabaseWork, 'stop'> {
  if (!isPostgresUrl(databaseUrl)) return { stop: async () => {} };
  return startFolding({ fold: store.index, reportError: (error) => reportError(error, 'folding failed') });
}

/** Returns the folder of a database; undefined if it is in memory or on a server. */
export const databaseFolder = (databaseUrl: string): string | undefined =>
  databaseUrl === IN_MEMORY || isPostgresUrl(databaseUrl) ? undefined : dirname(filePath(databaseUrl));

/** True if another connection holds a lock. */
export const isBusy = (error: unknown): boolean => sqliteErrors.isBusy(error) || postgresErrors.isBusy(error);

/** True if the database is unavailable; the request itself is valid. */
export const isUnavailable = (error: unknown): boolean =>
  sqliteErrors.isUnavailable(error) || postgresErrors.isUnavailable(error);

/** True if the error reports damaged data. */
export const isDamaged = (error: unknown): boolean =>
  sqliteErrors.isDamaged(error) || postgresErrors.isDamaged(error);

/** Returns the name of the table that an error says is missing; undefined for other errors. */
export const missingTable = (error: unknown): string | undefined =>
  sqliteErrors.missingTable(error) ?? postgresErrors.missingTable(error);

export { DatabaseError, type Store } from './store.ts';
