import { rmSync } from 'node:fs';
import Database from 'better-sqlite3';

export type Cell = string | number | Buffer | null;

export interface SourceRow {
  chain: number;
  one: Cell;
  two: Cell;
  user: number;
}

/** Creates or replaces an export source: tables of rows with the ids 1, 2, 3 … in order. */
export function createSource(path: string, tables: Record<string, readonly SourceRow[]>): void {
  rmSync(path, { force: true });
  const sqlite = new Database(path);
  // The file is not needed after a crash.
  sqlite.pragma('synchronous = OFF');
  for (const [table, rows] of Object.entries(tables)) {
    sqlite.exec(`CREATE TABLE ${table} (id INTEGER PRIMARY KEY, chain_id INTEGER, one, two, user_id)`);
    const insert = sqlite.prepare(
      `INSERT INTO ${table} (chain_id, one, two, user_id) VALUES (@chain, @one, @two, @user)`,
    );
    for (const row of rows) insert.run(row);
  }
  sqlite.close();
}
