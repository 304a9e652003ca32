import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../src/db/open.ts';
import { createHdpSearch } from '../../../src/db/sqlite/search/search.ts';
import { createSearchBlocks } from '../../../src/db/sqlite/search/search-blocks.ts';
import { addHdpTasks } from '../../support/gateway.ts';
import { expectedHdpPage } from '../../support/model.ts';
import { anHdpTask, type HdpWire, ulid } from '../../support/tasks.ts';

let folder: string;
let file: string;
let store: Store;
let otherStore: Store;
let other: Database.Database;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  file = join(folder, 'tasks.db');
  store = openStore(file);
  await store.migrate();
  otherStore = openStore(file);
  other = new Database(file);
  other.pragma('synchronous = OFF');
});
afterEach(async () => {
  other.close();
  await otherStore.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

// Most uuids follow the time, as ULIDs do; some do not. Terms occur at every position, and in programs, too.
const letters = (length: number) =>
  fc.array(fc.constantFrom(...'01JKA7'), { minLength: length, maxLength: length }).map((all) => all.join(''));
const heads = fc.oneof(
  fc.constantFrom('01J', '01K', '01JA7'),
  letters(2).map((two) => `7${two}`),
);
const program = fc.constantFrom(null, 'job_01k', '7a', 'xyz', 'jka', 'none');
const task = fc
  .record({ head: heads, rest: letters(23), second: fc.integer({ min: 0, max: 59 }), program })
  .map(({ head, rest, second, program: programName }) =>
    anHdpTask({
      uuid: (head + rest).slice(0, 26),
      createdAt: `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`,
      programName,
    }),
  );
const tasks = fc.uniqueArray(task, { selector: ({ uuid }) => uuid, minLength: 1, maxLength: 12 });
const change = fc.oneof(
  tasks.map((some) => ({ kind: 'insert' as const, some })),
  tasks.map((some) => ({ kind: 'bulk' as const, some })),
  fc.record({ kind: fc.constant('reprogram' as const), at: fc.nat(), to: program }),
  fc.record({ kind: fc.constant('move' as const), at: fc.nat(), second: fc.integer({ min: 0, max: 59 }) }),
  fc.record({ kind: fc.constant('delete' as const), at: fc.nat(), count: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ kind: fc.constant('index' as const), batch: fc.integer({ min: 1, max: 30 }) }),
);
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

/** Small blocks and limits, so that a few tasks cover every plan. */
const BLOCK_SIZE = 3;
const LIMITS = { sort: 4, tail: 6 };
const TERMS = [
  '0',
  'j',
  'a7',
  'jk',
  '01j',
  '01k',
  '1ja',
  'ka7',
  'jka',
  '01ja7',
  '01ja70',
  '01ja7jk1',
  'xyz',
  'job_',
  'é',
  'zzz',
];

/** Tasks in a dozen blocks. Some match by prefix, some by program, some by both. */
const START = Array.from({ length: 36 }, (_, n) =>
  anHdpTask({
    uuid: `01${n % 3 === 0 ? 'K' : 'J'}A7JK${ulid(n * 37).slice(7)}`,
    createdAt: `2026-01-01T00:00:${String(n).padStart(2, '0')}Z`,
    programName: n % 4 === 0 ? 'job_01k' : null,
  }),
);

/** Makes a change through the store or from another connection, in the tables and in the model. */
async function make(one: Change, model: Map<string, HdpWire>): Promise<void> {
  const chosen = (at: number) => [...model.values()][at % Math.max(1, model.size)];
  switch (one.kind) {
    case 'insert':
    case 'bulk': {
      const fresh = one.some.filter(({ uuid }) => !model.has(uuid));
      for (const added of fresh) model.set(added.uuid, added);
      if (one.kind === 'bulk') await addHdpTasks(store, ...fresh);
      else for (const added of fresh) await addHdpTasks(store, added);
      return;
    }
    case 'reprogram': {
      const found = chosen(one.at);
      if (!found) return;
      const changed = { ...found, programName: one.to };
      model.set(found.uuid, changed);
      await addHdpTasks(otherStore, changed);
      return;
    }
    case 'move': {
      const found = chosen(one.at);
      if (!found) return;
      const createdAt = `2026-01-01T00:00:${String(one.second).padStart(2, '0')}Z`;
      const changed = { ...found, createdAt };
      model.set(found.uuid, changed);
      await addHdpTasks(otherStore, changed);
      return;
    }
    case 'delete':
      for (let n = 0; n < one.count; n += 1) {
        const found = chosen(one.at + n);
        if (!found) continue;
        model.delete(found.uuid);
        await otherStore.hdpTaskLifecycle.remove(found.uuid);
      }
      return;
    case 'index':
      other.transaction(() => createSearchBlocks(other, BLOCK_SIZE).applyPending(one.batch))();
      await store.index(one.batch);
  }
}

describe('search blocks', () => {
  it('are split while some changes are still pending, and count them once', async () => {
    const added = Array.from({ length: 10 }, (_, n) => anHdpTask({ uuid: ulid(n) }));
    await addHdpTasks(store, ...added);
    const blocks = other.prepare('SELECT count(*) FROM hdp_search_blocks').pluck();
    other.transaction(() => createSearchBlocks(other, BLOCK_SIZE).applyPending(8))();
    expect(blocks.get()).toBeGreaterThan(1);
    expect(await store.verify()).toEqual([]);
    await store.index(100);
    expect(await store.verify()).toEqual([]);
    for (const { uuid } of added) if (uuid !== ulid(3)) await otherStore.hdpTaskLifecycle.remove(uuid);
    await store.index(100);
    expect(blocks.get()).toBeLessThan(3);
    expect(await store.verify()).toEqual([]);
  });
});

describe('search blocks of which many changes are pending', () => {
  it('are split after any number of inserts and deletes', async () => {
    await addHdpTasks(store, anHdpTask({ uuid: ulid(1) }));
    const note = other.prepare<[number]>(
      `WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 40000)
       INSERT INTO pending_search_changes (created_at, uuid, program_id, change)
       SELECT n, '01JPJ' || n, NULL, CAST(? AS INTEGER) FROM counted`,
    );
    for (const change of [1, -1]) note.run(change);
    expect(await store.verify()).toEqual([]);
    while ((await store.index(5000)) > 0);
    expect(await store.verify()).toEqual([]);
  });
});

describe('the search of HDP tasks', () => {
  it('matches the model on every page, after any writes of two connections', async () => {
    const db = drizzle({ client: new Database(file, { readonly: true }) });
    const search = createHdpSearch(db, LIMITS);
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 2, maxLength: 8 }), async (changes) => {
        for await (const rows of store.hdpTasks.listAll()) {
          for (const { uuid } of rows) await otherStore.hdpTaskLifecycle.remove(uuid);
        }
        const model = new Map<string, HdpWire>();
        await make({ kind: 'insert', some: START }, model);
        other.transaction(() => createSearchBlocks(other, BLOCK_SIZE).rebuild())();
        for (const one of changes) {
          await make(one, model);
          for (const term of TERMS) {
            const expected = expectedHdpPage([...model.values()], {
              hdp_tasks_search: term,
              hdp_tasks_per_page: 1000,
            });
            const total = expected.tasks.length;
            for (const offset of new Set([0, total >> 1, Math.max(0, total - 3), total])) {
              const page = db.transaction(() => search(term, { limit: 3, offset }));
              expect(
                { total: page.total, uuids: page.rows.map(({ uuid }) => uuid) },
                `${term} at ${offset}`,
              ).toEqual({
                total,
                uuids: expected.tasks.slice(offset, offset + 3).map(({ uuid }) => uuid),
              });
            }
          }
        }
        expect(await store.verify()).toEqual([]);
      }),
      { numRuns: 6 },
    );
    db.$client.close();
  });
});
