import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/db/open.ts';
import { foreignWriters, hasShell, runPastGuard } from '../../support/foreign-writer.ts';
import { addHdpTasks, addServicesTasks, asAdmin, asChain, asKey } from '../../support/gateway.ts';
import { anHdpTask, aServicesTask, ulid } from '../../support/tasks.ts';

const REFUSAL = /use_the_taskgate_command_to_change_this/;

/** The guarded tables, each with a column that the tests update. */
const GUARDED = {
  services_tasks: 'chain',
  hdp_tasks: 'program_name',
  access_tokens: 'label',
  admin_access: 'level',
  admin_sessions: 'user_id',
};

/** Default settings of the sqlite3 shell, and other ones. */
const SETTINGS = [
  '',
  'PRAGMA recursive_triggers = ON;',
  'PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON;',
  'PRAGMA trusted_schema = ON;',
];

let folder: string;
let file: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  file = join(folder, 'tasks.db');
  const store = openStore(file);
  await store.migrate();
  await addServicesTasks(store, aServicesTask({ id: 1 }), aServicesTask({ id: 2 }));
  await addHdpTasks(store, anHdpTask({ programName: 'a' }), anHdpTask({ uuid: ulid(2) }));
  await asChain(store, 1764);
  await asAdmin(store, 1, 1764);
  await store.access.grant({ userId: 1, chain: 1764, level: 'READ' });
  await store.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Returns all rows of all tables. */
function contents(path: string): string {
  const db = new Database(path, { readonly: true });
  const names = db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  const rows = names.sort().map((name) => [name, db.prepare(`SELECT * FROM "${name}"`).all()]);
  db.close();
  return JSON.stringify(rows);
}

/** Returns the columns of a table that can be written. */
function writableColumns(table: string): string {
  const db = new Database(file, { readonly: true });
  const columns = db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table);
  db.close();
  return columns.map((column) => `"${column}"`).join(', ');
}

function changesOf(table: string, column: string): string[] {
  const columns = writableColumns(table);
  return [
    `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${table}`,
    `INSERT OR IGNORE INTO ${table} (${columns}) SELECT ${columns} FROM ${table}`,
    `INSERT OR REPLACE INTO ${table} (${columns}) SELECT ${columns} FROM ${table}`,
    `REPLACE INTO ${table} (${columns}) SELECT ${columns} FROM ${table} LIMIT 1`,
    `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${table} WHERE true ON CONFLICT DO UPDATE SET ${column} = ${column}`,
    `UPDATE ${table} SET ${column} = ${column}`,
    `UPDATE OR REPLACE ${table} SET ${column} = ${column}`,
    `UPDATE OR IGNORE ${table} SET ${column} = ${column}`,
    `UPDATE ${table} SET rowid = rowid + 100`,
    `UPDATE OR REPLACE ${table} SET rowid = 1`,
    `DELETE FROM ${table} WHERE rowid = 1`,
    `DELETE FROM ${table}`,
  ];
}

describe.each(foreignWriters)('changed by %s without the guard', (_, runSql) => {
  it.each(Object.entries(GUARDED))(
    '%s rejects every change, and names the commands to use',
    (table, column) => {
      const before = contents(file);
      for (const [n, change] of changesOf(table, column).entries()) {
        // Each setting is tried with each change in one of the tables, because each shell is a process.
        const setting = SETTINGS[(n + table.length) % SETTINGS.length];
        expect(() => runSql(file, `${setting} ${change}`), `${setting} ${change}`).toThrow(REFUSAL);
      }
      expect(contents(file)).toBe(before);
    },
  );

  it('a database can be maintained', async () => {
    const before = contents(file);
    runSql(file, 'VACUUM; REINDEX; PRAGMA integrity_check; PRAGMA foreign_key_check;');
    const copy = join(folder, 'vacuumed.db');
    runSql(file, `VACUUM INTO '${copy}'`);
    expect(contents(file)).toBe(before);
    expect(contents(copy)).toBe(before);
    await expectToWork(copy);
    rmSync(copy);
  });
});

it('every change of a guarded table is allowed to Taskgate', () => {
  const copy = join(folder, 'changed.db');
  for (const [table, column] of Object.entries(GUARDED)) {
    for (const change of [
      `UPDATE ${table} SET ${column} = ${column}`,
      `DELETE FROM ${table} WHERE rowid = 1`,
    ]) {
      rmSync(copy, { force: true });
      new Database(file).exec(`VACUUM INTO '${copy}'`).close();
      expect(() => runPastGuard(copy, change)).not.toThrow();
    }
  }
  rmSync(copy);
});

/** Expects that a copy of the database verifies and takes changes. */
async function expectToWork(path: string): Promise<void> {
  const store = openStore(path, { mustExist: true });
  await store.migrate();
  expect(await store.verify()).toEqual([]);
  await addServicesTasks(store, aServicesTask({ id: 1, chain: 5 }));
  await addHdpTasks(store, anHdpTask({ programName: 'b' }), anHdpTask({ uuid: ulid(3) }));
  await asKey(store, 'client');
  expect((await store.servicesTasks.list(5, {}, { limit: 9, offset: 0 })).total).toBe(1);
  expect((await store.hdpTasks.list('', { limit: 9, offset: 0 })).total).toBe(3);
  while ((await store.index(100)) > 0);
  expect(await store.verify()).toEqual([]);
  await store.close();
}

describe.skipIf(!hasShell)('the sqlite3 shell', () => {
  const shell = (path: string, ...commands: string[]) =>
    execFileSync('sqlite3', ['-bail', path, ...commands], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      stdio: 'pipe',
    });

  it('copies a database with .backup', async () => {
    const copy = join(folder, 'backup.db');
    shell(file, `.backup '${copy}'`);
    expect(contents(copy)).toBe(contents(file));
    await expectToWork(copy);
  });

  it('copies a database with .dump, and the copy is guarded', async () => {
    const copy = join(folder, 'dump.db');
    const script = join(folder, 'dump.sql');
    writeFileSync(script, shell(file, '.dump'));
    shell(copy, `.read '${script}'`);
    expect(contents(copy)).toBe(contents(file));
    expect(() => shell(copy, 'DELETE FROM services_tasks')).toThrow(REFUSAL);
    await expectToWork(copy);
  });

  it('analyses a database, which still works', async () => {
    const copy = join(folder, 'analysed.db');
    shell(file, `VACUUM INTO '${copy}'`);
    shell(copy, 'ANALYZE');
    await expectToWork(copy);
  });
});
