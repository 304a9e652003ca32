import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { MIGRATIONS_FOLDER } from '../../src/db/sqlite/database-identity.ts';

/** Creates a database of an earlier version with the first `count` migrations. */
export function createOldDatabase(count: number, path: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-migrations-'));
  mkdirSync(join(folder, 'meta'));
  const journal: { entries: { tag: string }[] } = JSON.parse(
    readFileSync(join(MIGRATIONS_FOLDER, 'meta/_journal.json'), 'utf8'),
  );
  const entries = journal.entries.slice(0, count);
  for (const { tag } of entries) {
    copyFileSync(join(MIGRATIONS_FOLDER, `${tag}.sql`), join(folder, `${tag}.sql`));
  }
  writeFileSync(join(folder, 'meta/_journal.json'), JSON.stringify({ ...journal, entries }));
  const db = new Database(path);
  migrate(drizzle({ client: db }), { migrationsFolder: folder });
  db.close();
  rmSync(folder, { recursive: true });
}
