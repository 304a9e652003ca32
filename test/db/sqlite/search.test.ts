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
import {
  expectSearches,
  makeSearchChange,
  SEARCH_START,
  searchChange,
} from '../../support/search-changes.ts';
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

/** Small blocks and limits, so that a few tasks cover every plan. */
const BLOCK_SIZE = 3;
const LIMITS = { sort: 4, tail: 6 };
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
      fc.asyncProperty(fc.array(searchChange, { minLength: 2, maxLength: 8 }), async (changes) => {
        for await (const rows of store.hdpTasks.listAll()) {
          for (const { uuid } of rows) await otherStore.hdpTaskLifecycle.remove(uuid);
        }
        const model = new Map<string, HdpWire>();
        await makeSearchChange({ kind: 'insert', some: SEARCH_START }, model, [store, otherStore]);
        other.transaction(() => createSearchBlocks(other, BLOCK_SIZE).rebuild())();
        for (const one of changes) {
          if (one.kind === 'index')
            other.transaction(() => createSearchBlocks(other, BLOCK_SIZE).applyPending(one.batch))();
          await makeSearchChange(one, model, [store, otherStore]);
          await expectSearches(model, (term, slice) => db.transaction(() => search(term, slice)));
        }
        expect(await store.verify()).toEqual([]);
      }),
      { numRuns: 6 },
    );
    db.$client.close();
  });
});
