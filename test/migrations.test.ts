import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../src/db/open.ts';
import { runPastGuard } from './support/foreign-writer.ts';
import { addHdpTasks, addServicesTasks, asAdmin, asChain } from './support/gateway.ts';
import { anHdpTask, aServicesTask } from './support/tasks.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  file = join(folder, 'deep', 'er', 'tasks.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function fill(url: string) {
  const store = openStore(url);
  await store.migrate();
  await addServicesTasks(
    store,
    aServicesTask({ id: 1 }),
    aServicesTask({ id: 2, target: { action: 'x', campaign: 5 } }),
  );
  await addHdpTasks(store, anHdpTask({ programName: 'Éclair' }));
  await asChain(store, 1764);
  await asAdmin(store, 1, 1764);
  await store.access.grant({ userId: 1, chain: 1764, level: 'READ' });
  await store.close();
}

function contents(path: string): Record<string, unknown[]> {
  const db = new Database(path, { readonly: true });
  const names = db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all();
  const tables = Object.fromEntries(names.map((name) => [name, db.prepare(`SELECT * FROM "${name}"`).all()]));
  db.close();
  return tables;
}

describe('migrations', () => {
  it('create a missing file and its folders, and do not change a filled database', async () => {
    await fill(file);
    const before = contents(file);
    expect(before.services_tasks).toHaveLength(2);
    const store = openStore(file);
    await store.migrate();
    await store.migrate();
    await store.close();
    expect(contents(file)).toEqual(before);
  });

  it('can be run by two connections at the same time', async () => {
    const stores = [openStore(file), openStore(file)];
    await Promise.all(stores.map((store) => store.migrate()));
    for (const store of stores) {
      expect(await store.hdpTasks.isEmpty()).toBe(true);
      await store.close();
    }
  });

  it('accept a file: URL', async () => {
    await fill(pathToFileURL(file).href);
    expect(contents(file).hdp_tasks).toHaveLength(1);
  });

  it('reject a database of a newer version, in one sentence', async () => {
    await fill(file);
    const db = new Database(file);
    db.prepare("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 9999999999999)").run();
    db.close();
    const store = openStore(file);
    await expect(store.migrate()).rejects.toThrow(
      'The database was migrated by a newer version of taskgate; run that version.',
    );
    await store.close();
  });

  it('create strict tables, enable foreign keys and use a write-ahead log', async () => {
    await fill(file);
    const db = new Database(file);
    const tables = db
      .prepare<[], { name: string; type: string; strict: number }>('PRAGMA table_list')
      .all()
      .filter(
        (table) => table.type === 'table' && !/^(sqlite_|__drizzle|hdp_uuid_trigrams)/.test(table.name),
      );
    expect(tables.map((table) => table.name)).toHaveLength(25);
    expect(tables.filter((table) => table.strict !== 1)).toEqual([]);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('foreign_key_check')).toEqual([]);
    db.close();
  });

  it.each([
    ['an unknown status', `UPDATE services_tasks SET status = 'FAILED'`],
    ['a target that is not an object', `UPDATE services_tasks SET target = '[]'`],
    ['a trigger that is not JSON', `UPDATE services_tasks SET "trigger" = '{a:1}'`],
    ['an action that is not the one of the target', `UPDATE services_tasks SET action = 'x'`],
    ['an id of 0', 'UPDATE services_tasks SET id = 0 WHERE id = 1'],
    ['an id that is not exact as a JSON number', `UPDATE services_tasks SET id = ${2n ** 53n} WHERE id = 1`],
    ['an unknown HDP status', `UPDATE hdp_tasks SET status = 'Done'`],
    ['an HDP id that is not exact as a JSON number', `UPDATE hdp_tasks SET id = ${2n ** 53n}`],
    ['chains that are not an array', `UPDATE hdp_tasks SET data_source_chains = '{}'`],
    ['a secret in clear', `UPDATE access_tokens SET secret_hash = x'00'`],
  ])('reject %s, also past the guard', async (_, statement) => {
    await fill(file);
    expect(() => runPastGuard(file, statement)).toThrow(
      /^(CHECK constraint failed|cannot UPDATE generated column)/,
    );
  });

  it('derive action and campaign from target, after any change of it', async () => {
    await fill(file);
    runPastGuard(
      file,
      `UPDATE services_tasks SET target = '{"action":"new","campaign":1,"campaign_id":2}' WHERE id = 1`,
    );
    const db = new Database(file);
    expect(db.prepare('SELECT action, campaign FROM services_tasks ORDER BY id').all()).toEqual([
      { action: 'new', campaign: 2 },
      { action: 'x', campaign: 5 },
    ]);
    db.close();
  });

  it.each([
    [{}, 'services_tasks_chain'],
    [{ status: 'DONE' as const }, 'services_tasks_chain_status'],
    [{ action: 'x' }, 'services_tasks_chain_action'],
    [{ campaign: 1 }, 'services_tasks_chain_campaign'],
  ])('index the list filtered by %o, in the order of the list', async (filter, index) => {
    await fill(file);
    const db = new Database(file);
    const conditions = Object.entries(filter).map(([column, value]) => ` AND ${column} = '${value}'`);
    const plan = db
      .prepare<[], { detail: string }>(
        `EXPLAIN QUERY PLAN SELECT * FROM services_tasks WHERE chain = 1${conditions.join('')} ORDER BY id LIMIT 10`,
      )
      .all();
    expect(plan.map((step) => step.detail).join()).toMatch(new RegExp(`USING INDEX ${index} `));
    expect(plan.map((step) => step.detail).join()).not.toContain('TEMP B-TREE');
    db.close();
  });
});
