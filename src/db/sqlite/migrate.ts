import type Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { DatabaseError } from '../store.ts';
import { APPLICATION_ID, appliedMigrations } from './database-identity.ts';
import { isUnavailable } from './errors.ts';
import { MIGRATIONS_FOLDER, migrationTimes } from './migration-journal.ts';

/**
 * Brings the tables up to this version.
 * @returns true if all tables were created, so that they have no rows of their own
 * @throws DatabaseError if a newer version has migrated the database
 */
export function migrateTables(sqlite: Database.Database): boolean {
  refuseNewer(sqlite);
  markAsOurs(sqlite);
  const applied = appliedMigrations(sqlite).length;
  if (applied === migrationTimes().length) return false;
  // Rebuilding a table under enforced foreign keys would delete the rows that point to it.
  sqlite.pragma('foreign_keys = OFF');
  try {
    applyMigrations(sqlite);
    const broken = sqlite.pragma('foreign_key_check');
    if (Array.isArray(broken) && broken.length > 0) {
      throw new DatabaseError(`The database has ${broken.length} rows that point to rows that do not exist.`);
    }
  } finally {
    sqlite.pragma('foreign_keys = ON');
  }
  return applied === 0;
}

function applyMigrations(sqlite: Database.Database): void {
  const db = drizzle({ client: sqlite });
  const applied = () => appliedMigrations(sqlite).length;
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
