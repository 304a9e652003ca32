/** Creates migrated database files from a template that is migrated once per process, because migrations are slow. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openStore } from '../../src/db/open.ts';

let template: Promise<string> | undefined;

async function migrate(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'template.db');
  const store = openStore(file);
  await store.migrate();
  await store.close();
  const sqlite = new Database(file);
  sqlite.pragma('wal_checkpoint(TRUNCATE)');
  sqlite.close();
  return file;
}

/** Creates a migrated database file without tasks, in a folder that `remove` removes. */
export async function createMigratedFile(): Promise<{ file: string; remove(): void }> {
  template ??= migrate();
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  const file = join(folder, 'tasks.db');
  copyFileSync(await template, file);
  return { file, remove: () => rmSync(folder, { recursive: true }) };
}
