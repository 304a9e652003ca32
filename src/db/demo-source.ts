import { randomUUID } from 'node:crypto';
import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { quoteIdentifier } from './sql-identifiers.ts';
import { createDatabaseFile } from './sqlite/database-files.ts';
import { openFile } from './sqlite/driver.ts';
import { DatabaseError } from './store.ts';

/** "TkGd" in SQLite's application_id marks a file of demo data. */
const DEMO_APPLICATION_ID = 0x54_6b_47_64;

/** A row of a new table. All rows of a table have the same keys. */
export type DemoRow = Readonly<Record<string, string | number | null>>;

/**
 * Creates an SQLite file that exports can read. Each table has the columns of its first row and an index of `chain_id`. An
 * older file of demo data is replaced; a process that reads it can continue.
 * @param tables the rows by table, at least one for each table
 * @throws DatabaseError if the path has a file that is not demo data; the file stays unchanged
 */
export function createDemoSource(path: string, tables: Readonly<Record<string, readonly DemoRow[]>>): void {
  if (existsSync(path) && !isDemoSource(path, tables)) {
    throw new DatabaseError(
      `The demo data is written to ${path}, but another file is there, which was not changed; ` +
        'move that file, or set DATABASE_URL to a file in another folder.',
    );
  }
  // Two processes may create the file at the same time, and in two containers both have process id 1.
  const unfinished = `${path}.${randomUUID()}.new`;
  try {
    createDatabaseFile(unfinished);
    fill(unfinished, tables);
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/**
 * Returns true for a file of demo data. Files of early versions have no application_id: they are recognized by their tables,
 * if `tables` are given.
 */
export function isDemoSource(
  path: string,
  tables: Readonly<Record<string, readonly DemoRow[]>> = {},
): boolean {
  try {
    // Opening a named pipe would wait for a writer.
    if (!statSync(path).isFile()) return false;
    const expected = Object.entries(tables).flatMap(([table, rows]) => [
      tableSql(table, columnNames(rows)),
      indexSql(table),
    ]);
    // Opening the database would write the log of another program into it.
    if (existsSync(`${path}-wal`) || existsSync(`${path}-journal`)) return false;
    const sqlite = openFile(path, { readonly: true });
    try {
      const id = sqlite.pragma('application_id', { simple: true });
      if (id !== 0) return id === DEMO_APPLICATION_ID;
      const found = sqlite.prepare<[], string | null>('SELECT sql FROM sqlite_schema').pluck().all();
      return found.length > 0 && found.sort().join() === expected.sort().join();
    } finally {
      sqlite.close();
    }
  } catch {
    return false;
  }
}

function fill(path: string, tables: Readonly<Record<string, readonly DemoRow[]>>): void {
  const sqlite = openFile(path);
  try {
    sqlite.pragma(`application_id = ${DEMO_APPLICATION_ID}`);
    sqlite.transaction(() => {
      for (const [table, rows] of Object.entries(tables)) addTable(sqlite, table, rows);
    })();
  } finally {
    sqlite.close();
  }
}

function addTable(sqlite: Database.Database, table: string, rows: readonly DemoRow[]): void {
  const names = columnNames(rows);
  sqlite.exec(tableSql(table, names));
  const insert = sqlite.prepare(
    `INSERT INTO ${quoteIdentifier(table)} VALUES (${names.map(() => '?').join(', ')})`,
  );
  for (const row of rows) insert.run(names.map((name) => toBindable(row[name] ?? null)));
  sqlite.exec(indexSql(table));
}

const columnNames = (rows: readonly DemoRow[]) => Object.keys(rows[0] ?? {});

function tableSql(table: string, names: readonly string[]): string {
  const columns = names.map((name) => (name === 'id' ? 'id INTEGER PRIMARY KEY' : quoteIdentifier(name)));
  return `CREATE TABLE ${quoteIdentifier(table)} (${columns.join(', ')})`;
}

const indexSql = (table: string) =>
  `CREATE INDEX ${quoteIdentifier(`${table}_chain`)} ON ${quoteIdentifier(table)} (chain_id)`;

// SQLite would store a JavaScript number as a real.
const toBindable = (value: string | number | null) =>
  typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
