/** Copies the product's two task tables without triggers and derived data. The schema always equals the product's. */
import type Database from 'better-sqlite3';
import type { TaskTable } from '../database.ts';
import { openDatabase } from './reference-tables.ts';

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
