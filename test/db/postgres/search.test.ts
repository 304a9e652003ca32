import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ALPHABET, nGramOf } from '../../../src/db/model/n-grams.ts';
import { decodeSearchBlock } from '../../../src/db/model/search-block.ts';
import { openStore, type Store } from '../../../src/db/open.ts';
import { createPool, type Pool } from '../../../src/db/postgres/connection.ts';
import { createHdpSearch } from '../../../src/db/postgres/search/search.ts';
import { createTransactions, type Read } from '../../../src/db/postgres/transactions.ts';
import { parseHdpTask } from '../../../src/ndjson/task-lines.ts';
import { addHdpTasks } from '../../support/gateway.ts';
import { takePostgresDatabase } from '../../support/postgres-databases.ts';
import { openRawConnection, type RawConnection } from '../../support/raw-connection.ts';
import {
  expectSearches,
  makeSearchChange,
  SEARCH_START,
  searchChange,
  searchTasks,
} from '../../support/search-changes.ts';
import { anHdpTask, type HdpWire, ulid } from '../../support/tasks.ts';

/** Small blocks and limits, so that a few tasks cover every plan. */
const BLOCK_SIZE = 3;
const LIMITS = { sort: 4, tail: 6 };
const NO_LISTS = { sort: 0, tail: 0 };

let stores: readonly [Store, Store];
let other: RawConnection;
let pool: Pool;
let read: Read;

beforeEach(async () => {
  const { url } = await takePostgresDatabase();
  const open = () => openStore(url, { synchronousCommit: false, blockSize: BLOCK_SIZE });
  stores = [open(), open()];
  other = await openRawConnection(url);
  pool = createPool(url, { synchronousCommit: false });
  ({ read } = createTransactions(pool, async () => {}));
});
afterEach(async () => {
  await other.close();
  await pool.close();
  for (const store of stores) await store.close();
});

const change = fc.oneof(
  { weight: 6, arbitrary: searchChange },
  { weight: 1, arbitrary: fc.constant({ kind: 'repair' as const }) },
  { weight: 2, arbitrary: searchTasks.map((some) => ({ kind: 'undone import' as const, some })) },
);
type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

async function make(one: Change, model: Map<string, HdpWire>): Promise<void> {
  const [store] = stores;
  if (one.kind === 'repair') return store.repair();
  if (one.kind !== 'undone import') return makeSearchChange(one, model, stores);
  const added = store.imports.hdp({ onConflict: 'skip', isAtomic: true });
  await added.addBatch(
    one.some.map((task) => parseHdpTask(JSON.stringify(task))),
    false,
  );
  await added.undo();
}

async function foldAll(): Promise<void> {
  while ((await stores[0].index(7)) > 0);
}

async function removeAll(): Promise<void> {
  const [store] = stores;
  for await (const rows of store.hdpTasks.listAll())
    for (const { uuid } of rows) await store.hdpTaskLifecycle.remove(uuid);
  await foldAll();
}

const parts = (text: string, length: number) =>
  Array.from({ length: Math.max(0, text.length - length + 1) }, (_, at) => text.slice(at, at + length));

/** Returns the terms of one or two characters that are in the uuid of a task but not in its program. */
const shortTermsOf = ({ uuid, programName, programHash }: HdpWire) =>
  [...parts(uuid.toLowerCase(), 1), ...parts(uuid.toLowerCase(), 2)].filter(
    (term) => !programName?.toLowerCase().includes(term) && !programHash?.toLowerCase().includes(term),
  );

/** Compares the counts of each block with the tasks of its range. Nothing is pending. */
async function expectCounts(model: ReadonlyMap<string, HdpWire>): Promise<void> {
  const blocks = await other.rows<{ position: number; tie: string; counts: Buffer }>(
    'SELECT first_position AS position, first_tie AS tie, counts FROM hdp_search_blocks ORDER BY 1, 2',
  );
  const keyOf = (position: number, tie: string) => `${String(position).padStart(20, '0')} ${tie}`;
  for (const [index, { position, tie, counts }] of blocks.entries()) {
    const next = blocks[index + 1];
    const end = next ? keyOf(next.position, next.tie) : '~';
    const tasks = [...model.values()].filter(({ uuid, createdAt }) => {
      const key = keyOf(Date.parse(createdAt) * 1000, uuid);
      return (index === 0 || key >= keyOf(position, tie)) && key < end;
    });
    const { size, nGramTasks } = decodeSearchBlock(counts);
    expect(size).toBe(tasks.length);
    const expected = new Map<string, number>();
    for (const term of tasks.flatMap((task) => [...new Set(shortTermsOf(task))]))
      expected.set(term, (expected.get(term) ?? 0) + 1);
    const terms = ALPHABET.flatMap((first) => [first, ...ALPHABET.map((second) => first + second)]);
    const kept = terms.flatMap((term) => {
      const count = nGramTasks[nGramOf(term)] ?? 0;
      return count === 0 ? [] : ([[term, count]] as const);
    });
    expect(new Map(kept)).toEqual(expected);
  }
}

describe('the search of HDP tasks', () => {
  it('matches the model on every page, after any writes, folds, repairs and undone imports', async () => {
    const searches = [createHdpSearch(LIMITS), createHdpSearch(NO_LISTS)];
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 2, maxLength: 8 }), async (changes) => {
        await removeAll();
        const model = new Map<string, HdpWire>();
        await make({ kind: 'insert', some: SEARCH_START }, model);
        for (const one of changes) {
          await make(one, model);
          for (const search of searches)
            await expectSearches(model, (term, slice) =>
              read((connection) => search(connection, term, slice)),
            );
          expect(await stores[0].verify()).toEqual([]);
        }
        await foldAll();
        await expectCounts(model);
      }),
      { numRuns: 6 },
    );
  });

  it('counts a task once if the term begins at several places of its uuid', async () => {
    await addHdpTasks(stores[0], anHdpTask({ uuid: '7'.repeat(26) }), anHdpTask({ uuid: ulid(1) }));
    const search = createHdpSearch();
    const found = await read((one) => search(one, '777', { limit: 5, offset: 0 }));
    expect({ total: found.total, rows: found.rows.length }).toEqual({ total: 1, rows: 1 });
  });

  it('is exact for two searches of a term at the same time, while tasks are added and folded', async () => {
    const search = createHdpSearch(NO_LISTS);
    await addHdpTasks(stores[0], ...SEARCH_START);
    const totals: number[][] = [];
    const total = async () => (await read((one) => search(one, '1ja', { limit: 1, offset: 0 }))).total;
    for (let n = 0; n < 30; n += 1) {
      await addHdpTasks(stores[0], anHdpTask({ uuid: `01JA${String(n).padStart(22, '0')}` }));
      const [first, second] = await Promise.all([total(), total(), n % 2 === 0 ? stores[1].index(2) : 0]);
      totals.push([first, second]);
    }
    const before = SEARCH_START.filter(({ uuid }) => uuid.includes('1JA')).length;
    expect(totals).toEqual(Array.from({ length: 30 }, (_, n) => [before + n + 1, before + n + 1]));
  });
});

describe('search blocks', () => {
  it('are split while some changes are still pending, and count them once', async () => {
    const [store, otherStore] = stores;
    const blocks = async () => (await other.rows('SELECT 1 FROM hdp_search_blocks')).length;
    const added = Array.from({ length: 10 }, (_, n) => anHdpTask({ uuid: ulid(n) }));
    await addHdpTasks(store, ...added);
    await otherStore.hdpTaskLifecycle.remove(ulid(4));
    await store.index(8);
    expect(await blocks()).toBeGreaterThan(1);
    expect(await store.verify()).toEqual([]);
    await foldAll();
    expect(await store.verify()).toEqual([]);
    for (const { uuid } of added) if (uuid !== ulid(3)) await otherStore.hdpTaskLifecycle.remove(uuid);
    await foldAll();
    expect(await blocks()).toBeLessThan(3);
    expect(await store.verify()).toEqual([]);
  });

  it('are split after any number of inserts and deletes are pending', async () => {
    const [store] = stores;
    await addHdpTasks(store, anHdpTask({ uuid: ulid(1) }));
    for (const by of [1, -1]) {
      await other.exec(
        `INSERT INTO pending_search_changes (created_at, uuid, program_id, change)
         SELECT n, '01JPJ' || n, NULL, ${by} FROM generate_series(1, 2000) AS n`,
      );
    }
    expect(await store.verify()).toEqual([]);
    await store.index(1500);
    expect(await store.verify()).toEqual([]);
    while ((await store.index(1500)) > 0);
    expect(await store.verify()).toEqual([]);
  });

  it.each([
    ['the size', 'set_byte(counts, 0, get_byte(counts, 0) + 1)'],
    ['a count of an n-gram', 'set_byte(counts, length(counts) - 2, 7)'],
  ])('with another value of %s are reported and repaired', async (_, changed) => {
    const [store] = stores;
    await addHdpTasks(store, ...SEARCH_START);
    await foldAll();
    expect(await store.verify()).toEqual([]);
    await other.exec(
      `UPDATE hdp_search_blocks SET version = version + 1, counts = ${changed}
       WHERE first_position = (SELECT max(first_position) FROM hdp_search_blocks)`,
    );
    const differences = await store.verify();
    expect(differences).toHaveLength(1);
    expect(differences[0]?.what).toMatch(/^search block (\d+) of \1$/);
    await store.repair();
    expect(await store.verify()).toEqual([]);
  });

  it('are built when a database from before they existed is migrated', async () => {
    const [store] = stores;
    await addHdpTasks(store, ...SEARCH_START);
    await store.index(20);
    await other.exec('DELETE FROM hdp_search_blocks');
    expect(await store.verify()).not.toEqual([]);
    await store.migrate();
    expect(await store.verify()).toEqual([]);
  });
});

describe('a repair', () => {
  it('counts a change that is committed while it waits in the version of its scope', async () => {
    const { url } = await takePostgresDatabase();
    const store = openStore(url, { synchronousCommit: false });
    const [writer, observer] = [await openRawConnection(url), await openRawConnection(url)];
    const isWaiting = async () => {
      const waiting = await observer.rows(
        `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(waiting).toHaveLength(1);
    };
    await writer.rows("BEGIN; SET LOCAL taskgate.writes = 'on'");
    await writer.rows('LOCK TABLE pending_services_changes IN SHARE MODE');
    await writer.rows(
      `INSERT INTO pending_services_changes (chain, status, task, change) VALUES (7, 'READY', 0, 0)`,
    );
    const repaired = store.repair();
    await vi.waitFor(isWaiting, { timeout: 10_000 });
    await writer.rows('COMMIT');
    await repaired;
    expect(await observer.rows(`SELECT version FROM scope_versions WHERE scope = 'services 7'`)).toEqual([
      { version: 1 },
    ]);
    await Promise.all([writer.close(), observer.close(), store.close()]);
  });
});
