import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../src/db/open.ts';
import { openMaintenance } from '../../../src/db/sqlite/threads/maintenance-steps.ts';
import { parseServicesTask } from '../../../src/ndjson/task-lines.ts';
import { hdpTasks, servicesQueries, servicesTasks } from '../../support/arbitraries.ts';
import { runPastGuard } from '../../support/foreign-writer.ts';
import { createOldDatabase } from '../../support/former-version.ts';
import { addHdpTasks, addServicesTasks } from '../../support/gateway.ts';
import { expectedHdpPage, expectedServicesPage, fold } from '../../support/model.ts';
import { anHdpTask, aServicesTask, ulid } from '../../support/tasks.ts';

let folder: string;
let file: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  file = join(folder, 'tasks.db');
  store = openStore(file);
  await store.migrate();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const SERVICES_COLUMNS = `(id, chain, description, status, modified_at, created_at, "trigger", target, debug, version)`;
const insertServices = (verb: string, id: number, chain: number, status: string, target: string) =>
  `${verb} INTO services_tasks ${SERVICES_COLUMNS} VALUES (${id}, ${chain}, '', '${status}', 0, 0, '{}', '${target}', '', 0)`;
const insertHdp = (verb: string, uuid: string, createdAt: number, id = 'NULL', program = 'NULL, NULL') =>
  `${verb} INTO hdp_tasks (id, uuid, status, destination_chain_id, contract_class_hash, created_at, updated_at, program_hash, program_name)
   VALUES (${id}, '${uuid}', 'Received', '1', '0x', ${createdAt}, 0, ${program})`;

const KELVIN = '\u212a';

const shortTerms = [
  'a',
  'b',
  'K',
  KELVIN,
  'e',
  'é',
  'x',
  '0',
  '01',
  'ab',
  'BA',
  'kk',
  `${KELVIN}k`,
  'j0',
  'zz',
  'u',
];

/** Searches for every short term and compares the results with the tasks that another connection reads. */
async function expectExactShortTerms(): Promise<void> {
  const db = new Database(file);
  const tasks = db
    .prepare<[], { uuid: string; hash: string | null; name: string | null }>(
      'SELECT uuid, program_hash AS hash, program_name AS name FROM hdp_tasks ORDER BY created_at DESC, uuid DESC',
    )
    .all();
  db.close();
  for (const term of shortTerms) {
    const expected = tasks.filter((task) =>
      [task.uuid, task.hash, task.name].some((value) => value !== null && fold(value).includes(fold(term))),
    );
    const { rows, total } = await store.hdpTasks.list(term, { limit: 100, offset: 0 });
    expect({ term, total, uuids: rows.map((row) => row.uuid) }).toEqual({
      term,
      total: expected.length,
      uuids: expected.map((task) => task.uuid),
    });
  }
}

describe('derived data', () => {
  it('counts the folded terms of each text of a program separately', async () => {
    const other = anHdpTask({ uuid: ulid(12) });
    const programs: [string | null, string | null][] = [
      [KELVIN, null],
      ['e\u0301', 'a'],
      ['a', 'b'],
      [null, 'ab'],
      [null, null],
    ];
    for (const [programHash, programName] of programs) {
      await addHdpTasks(store, other, anHdpTask({ uuid: ulid(10 * 32 + 11), programHash, programName }));
      await expectExactShortTerms();
      while ((await store.index(2)) > 0);
      await expectExactShortTerms();
      expect(await store.verify()).toEqual([]);
    }
  });

  it('does not wait for another writer to update the uuid index, since searches wait for it', async () => {
    await addHdpTasks(store, anHdpTask());
    const other = new Database(file);
    other.exec('BEGIN IMMEDIATE');
    const start = performance.now();
    const maintenance = openMaintenance(file);
    expect(() => maintenance.index(1)).toThrow('database is locked');
    expect(performance.now() - start).toBeLessThan(1000);
    other.exec('COMMIT');
    other.close();
    expect(maintenance.index(1)).toBe(1);
    maintenance.close();
  });

  it('matches the model for every list, after one transaction or many', async () => {
    await fc.assert(
      fc.asyncProperty(
        servicesTasks,
        hdpTasks,
        servicesQueries,
        fc.boolean(),
        async (services, hdp, question, atOnce) => {
          const fresh = openStore(':memory:');
          await fresh.migrate();
          const rows = services.map((task) => parseServicesTask(JSON.stringify(task)));
          if (atOnce) await fresh.servicesTasks.addAll(rows, { onConflict: 'replace' });
          else for (const row of rows) await fresh.servicesTasks.add(row, 'replace');
          await addHdpTasks(fresh, ...hdp);
          expect(await fresh.verify()).toEqual([]);
          const { limit = 100, offset = 0, status: code, action, campaign_id: campaign } = question;
          const page = await fresh.servicesTasks.list(
            1,
            { status: code, action, campaign },
            { limit, offset },
          );
          const expected = expectedServicesPage(services, 1, question);
          expect(page.total).toBe(expected.total);
          expect(page.rows.map((row) => row.id)).toEqual(expected.tasks.map((task) => task.id));
          const list = await fresh.hdpTasks.list('', { limit: 7, offset: 7 });
          expect(list.rows.map((row) => row.uuid)).toEqual(
            expectedHdpPage(hdp, { hdp_tasks_page: 2, hdp_tasks_per_page: 7 }).tasks.map((task) => task.uuid),
          );
          await fresh.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('matches tasks with values that JavaScript cannot represent exactly', async () => {
    const member = fc.oneof(
      fc.constantFrom('7', '7.0', '7e0', '-0', '0.5', '1e300', 'null', '"null"', '"7"', '""', '{}', '[1]'),
      fc.constantFrom('"\\u0000"', '"\\ud83e\\uddfe"', '"\\/"', '"a\\"b"', '"\u2028"', '"\u007f"', '"x,y"'),
      fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
      fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 8n }).map(String),
    );
    const target = fc
      .dictionary(fc.constantFrom('action', 'campaign', 'campaign_id'), member)
      .map((members) => Object.entries(members).map(([name, text]) => `"${name}":${text}`))
      .map((members) => `{${members.join(',')}}`);
    await fc.assert(
      fc.asyncProperty(fc.array(target, { maxLength: 20 }), async (targets) => {
        const fresh = openStore(':memory:');
        await fresh.migrate();
        const rows = targets.map((text, n) => {
          const json = JSON.stringify(aServicesTask({ id: n + 1, target: {} }));
          return parseServicesTask(json.replace('"target":{}', () => `"target":${text}`));
        });
        await fresh.servicesTasks.addAll(rows, { onConflict: 'error' });
        expect(await fresh.verify()).toEqual([]);
        await fresh.close();
      }),
      { numRuns: 60 },
    );
  });

  const COUNT = 20_000;
  const orders: [string, (n: number) => number][] = [
    ['ascending', (n) => n],
    ['descending', (n) => COUNT - 1 - n],
    ['shuffled', (n) => (n * 7919) % COUNT],
  ];
  const sizes = [50, COUNT];
  it.each(orders.flatMap(([name, order]) => sizes.map((size) => ({ name, order, size }))))(
    'finds any page of many blocks, added $name, $size in a transaction',
    async ({ order, size }) => {
      const micros = (n: number) => Math.floor(n / 3);
      const rows = Array.from({ length: COUNT }, (_, n) => ({
        ...anHdpTask({ uuid: ulid(order(n)) }),
        dataSourceChains: null,
        createdAt: 1_700_000_000_000_000 + micros(order(n)),
        updatedAt: 0,
      }));
      for (let from = 0; from < COUNT; from += size) {
        await store.hdpTasks.addAll(rows.slice(from, from + size), 'error');
      }
      expect(await store.verify()).toEqual([]);
      for (const offset of [
        0, 1, 1023, 1024, 1025, 4095, 4096, 4097, 9999, 12_288, 18_975, 19_990, 19_999, 20_000,
      ]) {
        const { rows, total } = await store.hdpTasks.list('', { limit: 10, offset });
        expect(total).toBe(COUNT);
        const expected = Array.from({ length: Math.max(0, Math.min(10, COUNT - offset)) }, (_, n) =>
          ulid(COUNT - 1 - offset - n),
        );
        expect(rows.map((row) => row.uuid)).toEqual(expected);
      }
    },
  );

  it('is verified and repaired after another program has changed it', async () => {
    await addServicesTasks(store, ...[1, 2, 3].map((id) => aServicesTask({ id })));
    await addHdpTasks(store, anHdpTask());
    await store.index(1);
    const run = (statement: string) => runPastGuard(file, statement);
    run(`UPDATE list_blocks SET size = size + 1 WHERE list = '["services",1764,"READY",null,null]'`);
    run(`DELETE FROM list_blocks WHERE list = '["hdp"]'`);
    run(`INSERT INTO list_blocks VALUES ('["services",9,null,null,null]', 1, '', 1, '', 1)`);
    run(
      `INSERT INTO pending_search_changes (created_at, uuid, program_id, change) VALUES (0, '${ulid(2)}', NULL, 1)`,
    );
    expect(await store.verify()).toEqual([
      { what: '["services",1764,"READY",null,null]', kept: 4, actual: 3 },
      { what: '["services",9,null,null,null]', kept: 1, actual: 0 },
      { what: '["hdp"]', kept: 0, actual: 1 },
      { what: 'search block 1 of 1', kept: 2, actual: 1 },
    ]);
    await store.repair();
    expect(await store.verify()).toEqual([]);
    await expectExactShortTerms();
  });

  it.each([
    ['counts too many tasks', 'UPDATE hdp_programs SET tasks = tasks + 1', 3, 2],
    ['is missing', 'DELETE FROM hdp_programs', 0, 2],
    ['has lost a task', 'UPDATE hdp_tasks SET program_id = NULL WHERE id = 1', 2, 2],
    ['has lost all tasks', 'UPDATE hdp_tasks SET program_id = NULL', 2, 2],
    ['has another id in one task', 'UPDATE hdp_tasks SET program_id = 0 WHERE id = 1', 2, 2],
    ['has another id', 'UPDATE hdp_tasks SET program_id = program_id + 1', 2, 2],
    [
      'is counted for a task that names another',
      "UPDATE hdp_tasks SET program_name = 'b' WHERE id = 1",
      2,
      1,
    ],
  ])('is verified and repaired where a program %s', async (_, statement, kept, actual) => {
    const program = { programHash: '0x1', programName: 'a' };
    await addHdpTasks(
      store,
      anHdpTask({ uuid: ulid(1), ...program }),
      anHdpTask({ uuid: ulid(2), ...program }),
    );
    await store.index(2);
    runPastGuard(file, statement);
    expect(await store.verify()).toContainEqual({ what: 'program ["0x1","a"]', kept, actual });
    await store.repair();
    expect(await store.verify()).toEqual([]);
  });

  it('is built when a database of the previous version is migrated, with progress, and again after an interruption', async () => {
    const old = join(folder, 'old.db');
    createOldDatabase(1, old);
    const db = new Database(old);
    db.exec('BEGIN');
    for (let id = 1; id <= 12_000; id += 1)
      db.exec(insertServices('INSERT', id, id % 3, 'DONE', '{"action":"x"}'));
    db.exec(insertHdp('INSERT', ulid(1), 5));
    db.exec('COMMIT');
    db.close();
    const upgraded = openStore(old);
    const interrupt = () => {
      throw new Error('interrupted');
    };
    await expect(upgraded.migrate(interrupt)).rejects.toThrow('interrupted');
    const progress: number[] = [];
    await upgraded.migrate((done, total) => progress.push(done / total));
    expect(progress.length).toBeGreaterThan(2);
    expect(progress.at(-1)).toBe(1);
    expect(await upgraded.verify()).toEqual([]);
    expect((await upgraded.servicesTasks.list(0, { status: 'DONE' }, { limit: 1, offset: 3999 })).total).toBe(
      4000,
    );
    const again: number[] = [];
    await upgraded.migrate((done) => again.push(done));
    expect(again).toEqual([]);
    await upgraded.close();
  });

  it('is rebuilt when a filled database with triggers is migrated, and the trigram index follows', async () => {
    await store.close();
    rmSync(file);
    createOldDatabase(5, file);
    const db = new Database(file);
    for (const n of [10, 19, 10 * 32 + 11])
      db.exec(insertHdp('INSERT', ulid(n), n, 'NULL', `'${KELVIN}', 'a'`));
    db.exec(`
      INSERT INTO hdp_uuid_grams (rowid, uuid) SELECT id, uuid FROM hdp_tasks WHERE id <= 2;
      UPDATE kept_state SET value = 2 WHERE part = 'uuids';
      ${insertHdp('INSERT', ulid(20), 1)};
      DELETE FROM hdp_tasks WHERE id = 1;
      UPDATE kept_state SET value = 1 WHERE part IN ('lists', 'programs');
    `);
    db.close();
    store = openStore(file);
    await store.migrate();
    await expectExactShortTerms();
    expect(await store.verify()).toEqual([]);
    expect(await store.index(10)).toBe(3);
  });
});
