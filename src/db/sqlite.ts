import Database from 'better-sqlite3';
import { eq } from 'drizzle-orm';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { IN_MEMORY, parsePath } from '../lib/path-variable.ts';
import { connect, type OpenOptions } from './connection.ts';
import { APPLICATION_ID, appliedMigrations } from './database-identity.ts';
import { MIGRATIONS_FOLDER, migrationTimes } from './migration-journal.ts';
import { createProbe } from './probe.ts';
import { createAccessQueries } from './queries/access.ts';
import { createApiKeyQueries } from './queries/api-keys.ts';
import type { BulkCounting } from './queries/bulk.ts';
import { createExportFileQueries } from './queries/export-files.ts';
import { createHdpRunQueries } from './queries/hdp-runs.ts';
import { createHdpTaskQueries } from './queries/hdp-tasks.ts';
import { createHdpWebhookQueries } from './queries/hdp-webhooks.ts';
import { createListBuilder } from './queries/list-builder.ts';
import { createOwnKeyQueries } from './queries/own-keys.ts';
import { prepareRevision, reviseAll } from './queries/revisions.ts';
import { createServicesLifeQueries } from './queries/services-life.ts';
import { createServicesRunQueries } from './queries/services-runs.ts';
import { createServicesTaskQueries } from './queries/services-tasks.ts';
import { createWrite } from './queries/write.ts';
import { keptState } from './schema.ts';
import { createBulkSearchIndexer } from './sqlite/search/bulk-indexer.ts';
import { indexUuids } from './sqlite/search/trigram-index.ts';
import { BusyError, DatabaseError, type Store } from './store.ts';
import { build, buildLists, buildMissing, check, checkUuids, hasOvergrownBlocks, unbuilt } from './upkeep.ts';

export type SqliteConnection = BetterSQLite3Database & { $client: Database.Database };

/** Opens an SQLite database as a store. See `openStore` for the URL and the errors. */
export function openSqlite(databaseUrl: string, options: OpenOptions): Store {
  const path = filePath(databaseUrl);
  const sqlite = connect(path, options);
  const db: SqliteConnection = drizzle({ client: sqlite });
  const inTransaction = <T>(work: () => Promise<T>) => bracket(sqlite, 'BEGIN IMMEDIATE', work);
  // Others' commits change data_version, our own changes total_changes; neither ever goes down.
  const dataVersion = sqlite.prepare<[], number>('PRAGMA data_version').pluck();
  const totalChanges = sqlite.prepare<[], number>('SELECT total_changes()').pluck();
  const write = createWrite(sqlite);
  const probe = path === IN_MEMORY ? undefined : createProbe(path);
  const bulk: BulkCounting = {};
  // Statements are prepared at first use: before migrate() a new file has no tables to prepare them on.
  const servicesTasks = once(() => createServicesTaskQueries(db, bulk));
  const hdpTasks = once(() => createHdpTaskQueries(db, bulk));
  const hdpRuns = once(() => createHdpRunQueries(db, write));
  const hdpWebhooks = once(() => createHdpWebhookQueries(db, write));
  const access = once(() => createAccessQueries(db));
  const apiKeys = once(() => createApiKeyQueries(db));
  const servicesLife = once(() => createServicesLifeQueries(db, write));
  const servicesRuns = once(() => createServicesRunQueries(db, write));
  const ownKeys = once(() => createOwnKeyQueries(db, write));
  const exportFiles = once(() => createExportFileQueries(db));
  const revision = once(() => prepareRevision(db));
  return {
    get servicesTasks() {
      return servicesTasks();
    },
    get hdpTasks() {
      return hdpTasks();
    },
    get hdpRuns() {
      return hdpRuns();
    },
    get hdpWebhooks() {
      return hdpWebhooks();
    },
    get access() {
      return access();
    },
    get apiKeys() {
      return apiKeys();
    },
    get servicesLife() {
      return servicesLife();
    },
    get servicesRuns() {
      return servicesRuns();
    },
    get ownKeys() {
      return ownKeys();
    },
    get exportFiles() {
      return exportFiles();
    },
    revision: (scopes) => revision()(scopes),
    version: () => (dataVersion.get() ?? 0) + (totalChanges.get() ?? 0),
    migrate: async (onProgress = () => {}) => {
      migrateTables(db);
      if (unbuilt(db).length > 0) await inTransaction(async () => buildMissing(db, onProgress));
    },
    bulkLoad: (work) => inTransaction(() => countedInBulk(db, bulk, work)),
    check: async (onProgress = () => {}) => [
      ...(await bracket(sqlite, 'BEGIN', async () => check(db, onProgress))),
      ...(await inTransaction(async () => checkUuids(db))),
    ],
    repair: (onProgress = () => {}) => inTransaction(async () => build(db, onProgress)),
    indexUuids: async (batch, options) => indexUuids(db, batch, options),
    probe: async () => probe?.run(),
    transaction: inTransaction,
    write,
    snapshot: (work) => bracket(sqlite, 'BEGIN', work),
    close: async () => {
      probe?.close();
      sqlite.close();
    },
  };
}

/**
 * Whether an error says that the database could not serve at this moment (locked, out of disk, unreadable) rather
 * than that the question was wrong.
 */
export function isUnavailable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof BusyError) return true;
    if (cause instanceof Database.SqliteError) {
      return /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CANTOPEN|READONLY|NOMEM|PROTOCOL)/.test(cause.code);
    }
  }
  return false;
}

/** Whether an error says that the database file is damaged. */
export const isDamaged = (error: unknown): boolean =>
  error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);

/** Returns the path of a database URL. @throws DatabaseError if it names no file */
export function filePath(databaseUrl: string): string {
  // A path is used as it is: it may come from a URL, in which `%24` stands for a `$` that a variable must not have.
  if (databaseUrl !== '' && !/^file:/i.test(databaseUrl)) return databaseUrl;
  const result = parsePath(databaseUrl, 'database');
  if ('path' in result) return result.path;
  throw new DatabaseError(`The URL of the database ${result.problem}.`);
}

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function migrateTables(db: SqliteConnection): void {
  refuseNewer(db.$client);
  markAsOurs(db.$client);
  // Rebuilding a table under enforced foreign keys would delete the rows that point to it.
  db.$client.pragma('foreign_keys = OFF');
  try {
    applyMigrations(db);
    const broken = db.$client.pragma('foreign_key_check');
    if (Array.isArray(broken) && broken.length > 0) {
      throw new DatabaseError(`The database has ${broken.length} rows that point to rows that do not exist.`);
    }
  } finally {
    db.$client.pragma('foreign_keys = ON');
  }
}

function applyMigrations(db: SqliteConnection): void {
  const applied = () => appliedMigrations(db.$client).length;
  const before = applied();
  try {
    migrate(db, { migrationsFolder: MIGRATIONS_FOLDER });
  } catch (error) {
    // Another process may have migrated between drizzle's look at the journal and its transaction.
    if (applied() === before) throw error;
    migrate(db, { migrationsFolder: MIGRATIONS_FOLDER });
  }
}

function refuseNewer(sqlite: Database.Database): void {
  const known = new Set(migrationTimes());
  if (appliedMigrations(sqlite).some((when) => !known.has(when))) {
    throw new DatabaseError('The database was migrated by a newer version of taskgate; run that version.');
  }
}

/** Marks the database as one of taskgate, also one of a version that did not do so. */
function markAsOurs(sqlite: Database.Database): void {
  if (sqlite.pragma('application_id', { simple: true }) === APPLICATION_ID) return;
  try {
    sqlite.pragma(`application_id = ${APPLICATION_ID}`);
  } catch (error) {
    // While another process writes for long, the next command does it.
    if (appliedMigrations(sqlite).length === 0 || !isUnavailable(error)) throw error;
  }
}

/** Pauses the counting triggers while `work` adds tasks, and counts those itself; in the transaction that is open. */
async function countedInBulk<T>(
  db: SqliteConnection,
  bulk: BulkCounting,
  work: () => Promise<T>,
): Promise<T> {
  const paused = eq(keptState.part, 'paused');
  const lists = createListBuilder(db);
  const search = createBulkSearchIndexer(db);
  Object.assign(bulk, { lists, search });
  try {
    db.insert(keptState).values({ part: 'paused', value: 1 }).run();
    const result = await work();
    lists.flush();
    search.flush();
    reviseAll(db);
    db.delete(keptState).where(paused).run();
    if (hasOvergrownBlocks(db)) buildLists(db, () => {});
    return result;
  } finally {
    delete bulk.lists;
    delete bulk.search;
  }
}

async function bracket<T>(sqlite: Database.Database, begin: string, work: () => Promise<T>): Promise<T> {
  sqlite.exec(begin);
  try {
    const result = await work();
    sqlite.exec('COMMIT');
    return result;
  } catch (error) {
    if (sqlite.inTransaction) sqlite.exec('ROLLBACK');
    throw error;
  }
}
