import { dirname } from 'node:path';
import { IN_MEMORY } from '../lib/path-variable.ts';
import { isPostgresUrl } from '../lib/postgres-url.ts';
import type { CopyReader, CopyTarget } from './copy/endpoints.ts';
import { serverLocation } from './postgres/copy/location.ts';
import * as postgresReader from './postgres/copy/reader.ts';
import * as postgresTarget from './postgres/copy/target.ts';
import * as postgresFreeze from './postgres/freeze.ts';
import { startFolding } from './postgres/maintenance/folding.ts';
import { openPostgres } from './postgres/store.ts';
import type { OpenOptions } from './sqlite/connection.ts';
import { fileLocation } from './sqlite/copy/location.ts';
import * as sqliteReader from './sqlite/copy/reader.ts';
import * as sqliteTarget from './sqlite/copy/target.ts';
import { filePath } from './sqlite/database-url.ts';
import * as sqliteFreeze from './sqlite/freeze.ts';
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

/** Returns the file of a database; undefined if it is in memory or on a server. */
export const databaseFile = (databaseUrl: string): string | undefined =>
  databaseUrl === IN_MEMORY || isPostgresUrl(databaseUrl) ? undefined : filePath(databaseUrl);

/** Returns the folder of a database; undefined if it is in memory or on a server. */
export function databaseFolder(databaseUrl: string): string | undefined {
  const file = databaseFile(databaseUrl);
  return file === undefined ? undefined : dirname(file);
}

/** Returns what identifies a database to a copy: its path or its server, port and name, without user and password. */
export const copyLocation = (databaseUrl: string): string =>
  isPostgresUrl(databaseUrl) ? serverLocation(databaseUrl) : fileLocation(filePath(databaseUrl));

/** Opens a database to copy or compare it. @throws DatabaseError */
export const openCopyReader = async (databaseUrl: string): Promise<CopyReader> =>
  isPostgresUrl(databaseUrl) ? postgresReader.openReader(databaseUrl) : sqliteReader.openReader(databaseUrl);

/** Opens a migrated database to copy into it. @throws DatabaseError */
export const openCopyTarget = async (databaseUrl: string): Promise<CopyTarget> =>
  isPostgresUrl(databaseUrl) ? postgresTarget.openTarget(databaseUrl) : sqliteTarget.openTarget(databaseUrl);

/** Makes a database refuse changes, by any process. @throws DatabaseError */
export const freezeDatabase = async (databaseUrl: string): Promise<void> =>
  isPostgresUrl(databaseUrl) ? postgresFreeze.freeze(databaseUrl) : sqliteFreeze.freeze(databaseUrl);

/** Lets a database be changed again. @returns false if it was not frozen @throws DatabaseError */
export const unfreezeDatabase = async (databaseUrl: string): Promise<boolean> =>
  isPostgresUrl(databaseUrl) ? postgresFreeze.unfreeze(databaseUrl) : sqliteFreeze.unfreeze(databaseUrl);

export { isDamaged, isFrozen, isUnavailable } from './errors.ts';
export { DatabaseError, type Store } from './store.ts';
