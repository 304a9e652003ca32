/** Tells databases of taskgate from those of other programs, before anything is written. */
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { openFile } from './driver.ts';
import { migrationTimes } from './migration-journal.ts';

/** Marks a file as a database of taskgate: "TkGt" in SQLite's application_id, which `file` and other tools show. */
export const APPLICATION_ID = 0x54_6b_47_74;

/** The table in which drizzle notes the migrations that were applied. */
const MIGRATIONS_TABLE = '__drizzle_migrations';

/** An empty database may become one of taskgate's. */
export type DatabaseOwner = 'taskgate' | 'nobody' | 'another program';

/**
 * Returns whose database it is. It only reads. Versions of taskgate before the application_id left it 0: their databases
 * are known by the first migration.
 */
export function ownerOf(sqlite: Database.Database): DatabaseOwner {
  const id = sqlite.pragma('application_id', { simple: true });
  const names = objectNames(sqlite);
  if (id === APPLICATION_ID) return names.length === 0 ? 'nobody' : 'taskgate';
  if (id !== 0) return 'another program';
  const applied = appliedMigrations(sqlite);
  const [first] = migrationTimes();
  if (first !== undefined && applied.includes(first) && names.includes('hdp_tasks')) return 'taskgate';
  // A first migration that was interrupted leaves its empty table of migrations.
  return applied.length === 0 && names.every((name) => name === MIGRATIONS_TABLE)
    ? 'nobody'
    : 'another program';
}

/**
 * Returns true if a file is the database of another program that was not closed, and leaves it and its log as they are. A
 * connection that may write would move a write-ahead log into the database, or roll back an interrupted transaction. The
 * file is read by SQLite alone: if node closed it, the locks of every connection of this process would be gone.
 * @throws SqliteError if the file cannot be read as a database
 */
export function isOfAnotherProgram(path: string): boolean {
  // Without these files a connection writes nothing by itself.
  if (![`${path}-wal`, `${path}-journal`].some(existsSync)) return false;
  let sqlite: Database.Database | undefined;
  try {
    sqlite = openFile(path, { readonly: true, timeout: 5000 });
    return ownerOf(sqlite) === 'another program';
  } catch (error) {
    // An interrupted transaction that has to be rolled back. A database of taskgate has a write-ahead log instead.
    if (error instanceof Database.SqliteError && error.code === 'SQLITE_READONLY_ROLLBACK') return true;
    throw error;
  } finally {
    sqlite?.close();
  }
}

/** Returns the times at which the applied migrations were made, in Unix milliseconds. */
export function appliedMigrations(sqlite: Database.Database): number[] {
  if (!objectNames(sqlite).includes(MIGRATIONS_TABLE)) return [];
  const columns = sqlite.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck();
  // Another program may have a table of that name.
  if (!columns.all(MIGRATIONS_TABLE).includes('created_at')) return [Number.NaN];
  return sqlite
    .prepare<[], number | null>(`SELECT created_at FROM ${MIGRATIONS_TABLE}`)
    .pluck()
    .all()
    .map((time) => time ?? Number.NaN);
}

const objectNames = (sqlite: Database.Database): string[] =>
  sqlite
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .pluck()
    .all();
