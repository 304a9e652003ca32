import { randomUUID } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { quoted } from './export-names.ts';
import { createDatabaseFile } from './sqlite/database-files.ts';
import { openFile } from './sqlite/driver.ts';

/** A row of a table that is to be made; all rows of a table have the same keys. */
export type DemoRow = Readonly<Record<string, string | number | null>>;

/**
 * Makes an SQLite file that exports can read: a table per name, with the columns of its first row and an index of `chain_id`.
 * It takes the place of an older one at once, and who still reads that goes on undisturbed.
 * @param tables with at least one row each
 */
export function makeDemoSource(path: string, tables: Readonly<Record<string, readonly DemoRow[]>>): void {
  // Two processes, each the first one of its container, may start at the same time.
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

function fill(path: string, tables: Readonly<Record<string, readonly DemoRow[]>>): void {
  const sqlite = openFile(path);
  try {
    sqlite.transaction(() => {
      for (const [table, rows] of Object.entries(tables)) addTable(sqlite, table, rows);
    })();
  } finally {
    sqlite.close();
  }
}

function addTable(sqlite: Database.Database, table: string, rows: readonly DemoRow[]): void {
  const names = Object.keys(rows[0] ?? {});
  const columns = names.map((name) => (name === 'id' ? 'id INTEGER PRIMARY KEY' : quoted(name)));
  sqlite.exec(`CREATE TABLE ${quoted(table)} (${columns.join(', ')})`);
  const insert = sqlite.prepare(`INSERT INTO ${quoted(table)} VALUES (${names.map(() => '?').join(', ')})`);
  for (const row of rows) insert.run(names.map((name) => bindable(row[name] ?? null)));
  sqlite.exec(`CREATE INDEX ${quoted(`${table}_chain`)} ON ${quoted(table)} (chain_id)`);
}

// SQLite would keep a JavaScript number as a real.
const bindable = (value: string | number | null) =>
  typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
