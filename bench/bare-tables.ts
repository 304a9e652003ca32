/**
 * The bare tables: the product's two task tables with their indexes and rows, without triggers and derived data. Their
 * schema is copied from a migrated database, so it always equals the product's.
 */
import type Database from 'better-sqlite3';
import { openDatabase, type TaskTable } from './reference-tables.ts';

const TABLES: readonly TaskTable[] = ['hdp_tasks', 'services_tasks'];

/** Copies the task tables of a product database into a new file. */
export function createBareTables(product: string, bare: string): void {
  const db = openDatabase(bare);
  db.pragma('foreign_keys = OFF');
  db.prepare('ATTACH ? AS product').run(product);
  for (const table of TABLES) {
    execute(db, schemaOf(db, 'table', table));
    const columns = storedColumns(db, table).join(', ');
    db.exec(`INSERT INTO main.${table} (${columns}) SELECT ${columns} FROM product.${table}`);
    execute(db, schemaOf(db, 'index', table));
  }
  db.close();
}

const schemaOf = (db: Database.Database, type: 'table' | 'index', table: TaskTable): string[] =>
  db
    .prepare<[string, string], string>(
      'SELECT sql FROM product.sqlite_schema WHERE type = ? AND tbl_name = ? AND sql IS NOT NULL',
    )
    .pluck()
    .all(type, table);

function execute(db: Database.Database, statements: readonly string[]): void {
  for (const statement of statements) db.exec(statement);
}

/** Returns the quoted names of the columns that an insert can set. */
const storedColumns = (db: Database.Database, table: TaskTable): string[] =>
  db
    .prepare<[string], string>('SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0')
    .pluck()
    .all(table)
    .map((name) => `"${name}"`);

export interface BareInserter {
  /** Inserts rows in one durable transaction. */
  insert(rows: readonly unknown[][]): void;
  close(): void;
}

/** Opens bare tables for inserts. */
export function openBareInserter(bare: string, table: TaskTable): BareInserter {
  const db = openDatabase(bare);
  db.pragma('foreign_keys = OFF');
  const columns = storedColumns(db, table);
  const insert = db.prepare<unknown[]>(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  const begin = db.prepare('BEGIN IMMEDIATE');
  const commit = db.prepare('COMMIT');
  return {
    insert(rows) {
      begin.run();
      for (const row of rows) insert.run(...row);
      commit.run();
    },
    close: () => db.close(),
  };
}

/** Reads the rows of a product database with an id greater than `after`, in batches. */
export function* rowsAfter(
  product: string,
  table: TaskTable,
  after: number,
  batchSize: number,
): Generator<unknown[][]> {
  const db = openDatabase(product, { readonly: true });
  const columns = storedColumns(db, table).join(', ');
  const read = db
    .prepare<[number, number], unknown[]>(
      `SELECT id, ${columns} FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`,
    )
    .raw();
  try {
    for (let last = after; ; ) {
      const rows = read.all(last, batchSize);
      if (rows.length === 0) return;
      yield rows.map(([, ...values]) => values);
      last = Number(rows.at(-1)?.[0]);
    }
  } finally {
    db.close();
  }
}

/** Returns the greatest id of a task table. */
export function lastId(database: string, table: TaskTable): number {
  const db = openDatabase(database, { readonly: true });
  const id = db.prepare<[], number>(`SELECT max(id) FROM ${table}`).pluck().get() ?? 0;
  db.close();
  return id;
}
