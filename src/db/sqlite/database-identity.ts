/** Recognizes databases of taskgate by their application id and their migrations, before anything is written. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { BUSY_TIMEOUT_MS, openFile } from './driver.ts';

/** "TkGt" in SQLite's application_id marks a database of taskgate. Tools such as `file` show it. */
export const APPLICATION_ID = 0x54_6b_47_74;

/** The table in which Drizzle stores the applied migrations. */
const MIGRATIONS_TABLE = '__drizzle_migrations';

/** `nobody`: the database is empty, so taskgate may use it. */
export type DatabaseOwner = 'taskgate' | 'nobody' | 'another program';

/**
 * Returns the owner of a database; only reads. Early versions of taskgate set no application_id: their databases are
 * recognized by the first migration.
 */
export function ownerOf(sqlite: Database.Database): DatabaseOwner {
  const id = sqlite.pragma('application_id', { simple: true });
  const names = objectNames(sqlite);
  if (id === APPLICATION_ID) return names.length === 0 ? 'nobody' : 'taskgate';
  if (id !== 0) return 'another program';
  const applied = appliedMigrations(sqlite);
  const [first] = migrationTimes();
  if (first !== undefined && applied.includes(first) && names.includes('hdp_tasks')) return 'taskgate';
  // An interrupted first migration leaves an empty table of migrations.
  return applied.length === 0 && names.every((name) => name === MIGRATIONS_TABLE)
    ? 'nobody'
    : 'another program';
}

/**
 * Returns true if a file is the database of another program that did not close it, without changing the file or its log. A
 * writable connection would move a write-ahead log into the database, or roll back an interrupted transaction. Only SQLite
 * reads the file: if Node.js closed it, all connections of this process would lose their locks.
 * @throws SqliteError if the file cannot be read as a database
 */
export function isOfAnotherProgram(path: string): boolean {
  // Without these files, a connection writes nothing when it opens.
  if (![`${path}-wal`, `${path}-journal`].some(existsSync)) return false;
  let sqlite: Database.Database | undefined;
  try {
    sqlite = openFile(path, { readonly: true, timeout: BUSY_TIMEOUT_MS });
    return ownerOf(sqlite) === 'another program';
  } catch (error) {
    // An interrupted transaction must be rolled back. A database of taskgate has a write-ahead log instead.
    if (error instanceof Database.SqliteError && error.code === 'SQLITE_READONLY_ROLLBACK') return true;
    throw error;
  } finally {
    sqlite?.close();
  }
}

/** The folder of the migrations. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../drizzle/sqlite', import.meta.url));

/** Returns the times that identify the migrations of this version, in Unix milliseconds, oldest first. */
export function migrationTimes(): number[] {
  const journal: { entries: { when: number }[] } = JSON.parse(
    readFileSync(`${MIGRATIONS_FOLDER}/meta/_journal.json`, 'utf8'),
  );
  return journal.entries.map((entry) => entry.when);
}

/** Returns the times that identify the applied migrations, in Unix milliseconds. */
export function appliedMigrations(sqlite: Database.Database): number[] {
  if (!objectNames(sqlite).includes(MIGRATIONS_TABLE)) return [];
  const columns = sqlite.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck();
  // Another program may have a table with this name.
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
