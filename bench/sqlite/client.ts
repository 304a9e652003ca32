/** Reads and writes SQLite files. */
import type { DatabaseClient } from '../database.ts';
import { openDatabase } from './reference-tables.ts';

export const sqliteClient: DatabaseClient = {
  async openReader(path) {
    const db = openDatabase(path, { readonly: true });
    return {
      async all<Row extends object>(sql: string, values: readonly unknown[] = []) {
        return db.prepare<unknown[], Row>(sql).all(...values);
      },
      async snapshot(work) {
        db.exec('BEGIN');
        try {
          return await work();
        } finally {
          db.exec('COMMIT');
        }
      },
      columns: async (table) => storedColumns(db, table),
      close: async () => void db.close(),
    };
  },
  // One connection: SQLite has one writer at a time, and the driver is synchronous.
  async openInserter(path, table) {
    const db = openDatabase(path);
    db.pragma('foreign_keys = OFF');
    const columns = storedColumns(db, table);
    const names = columns.map((name) => `"${name}"`).join(', ');
    const insert = db.prepare<unknown[]>(
      `INSERT INTO ${table} (${names}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    const begin = db.prepare('BEGIN IMMEDIATE');
    const commit = db.prepare('COMMIT');
    return {
      async insert(rows) {
        begin.run();
        for (const row of rows) insert.run(...row);
        commit.run();
      },
      close: async () => void db.close(),
    };
  },
};

/** Returns the names of the columns that an insert can set. */
const storedColumns = (db: ReturnType<typeof openDatabase>, table: string): string[] =>
  db.prepare<[string], string>('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0').pluck().all(table);
