import type Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { frozenBeforeMigration, notMigrated, unfinishedCopy } from '../copy/refusals.ts';
import { PROGRESS_TABLE } from '../copy/tables.ts';
import { DatabaseError } from '../store.ts';
import { APPLICATION_ID, appliedMigrations, MIGRATIONS_FOLDER, migrationTimes } from './database-identity.ts';
import { isUnavailable } from './errors.ts';
import { listFrozenTriggers } from './frozen-triggers.ts';

export interface MigrateOptions {
  /** True to accept the unfinished copy of another database, which only the copy itself may use. */
  isCopyTarget?: boolean | undefined;
}

/**
 * Migrates the tables to this version.
 * @returns true if the database was new: its tables are empty
 * @throws DatabaseError if a newer version has migrated the database, or if it is an unfinished copy
 */
export function migrateTables(
  sqlite: Database.Database,
  { isCopyTarget = false }: MigrateOptions = {},
): boolean {
  requireKnownMigrations(sqlite);
  if (!isCopyTarget && isUnfinishedCopy(sqlite)) throw unfinishedCopy(sqlite.name);
  setApplicationId(sqlite);
  const applied = appliedMigrations(sqlite).length;
  if (applied === migrationTimes().length) return false;
  if (listFrozenTriggers(sqlite).length > 0) throw frozenBeforeMigration(sqlite.name);
  // With enforced foreign keys, rebuilding a table would delete the rows that refer to it.
  sqlite.pragma('foreign_keys = OFF');
  try {
    applyMigrations(sqlite);
    const broken = sqlite.pragma('foreign_key_check');
    if (Array.isArray(broken) && broken.length > 0) {
      throw new DatabaseError(`The database has ${broken.length} rows that refer to rows that do not exist.`);
    }
  } finally {
    sqlite.pragma('foreign_keys = ON');
  }
  return applied === 0;
}

/** Requires that all migrations of this version are applied, and no other. @throws DatabaseError */
export function requireMigrated(sqlite: Database.Database): void {
  requireKnownMigrations(sqlite);
  if (appliedMigrations(sqlite).length !== migrationTimes().length) throw notMigrated(sqlite.name);
}

/** True if a copy into this database was interrupted or is in progress. */
export const isUnfinishedCopy = (sqlite: Database.Database): boolean =>
  sqlite.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(PROGRESS_TABLE) !== undefined;

function applyMigrations(sqlite: Database.Database): void {
  const db = drizzle({ client: sqlite });
  const applied = () => appliedMigrations(sqlite).length;
  const before = applied();
  try {
    migrate(db, { migrationsFolder: MIGRATIONS_FOLDER });
  } catch (error) {
    // Another process may have migrated after Drizzle read the applied migrations.
    if (applied() === before) throw error;
    migrate(db, { migrationsFolder: MIGRATIONS_FOLDER });
  }
}

function requireKnownMigrations(sqlite: Database.Database): void {
  const known = new Set(migrationTimes());
  if (appliedMigrations(sqlite).some((when) => !known.has(when))) {
    throw new DatabaseError('The database was migrated by a newer version of taskgate; run that version.');
  }
}

/** Sets the application_id, also for a database of a version that did not set it. */
function setApplicationId(sqlite: Database.Database): void {
  if (sqlite.pragma('application_id', { simple: true }) === APPLICATION_ID) return;
  try {
    sqlite.pragma(`application_id = ${APPLICATION_ID}`);
  } catch (error) {
    // If another process holds the lock, the next command sets it.
    if (appliedMigrations(sqlite).length === 0 || !isUnavailable(error)) throw error;
  }
}
