import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxBlockSize } from '../../../src/db/model/blocks.ts';
import { compareKeys, type SortKey } from '../../../src/db/model/sort-key.ts';
import { openStore } from '../../../src/db/open.ts';
import { parseHdpTask } from '../../../src/ndjson/task-lines.ts';
import { createMigratedFile } from '../../support/migrated-file.ts';
import { anHdpTask, ulid } from '../../support/tasks.ts';

const BLOCK_SIZE = 4;

/** One transaction: the positions of the inserted tasks in the order, and the ranks of the deleted ones. */
interface Step {
  added: number[];
  removed: number[];
}

const place = fc.nat(60);
const addition = fc.oneof(
  fc.array(place, { maxLength: 12 }),
  // Ascending, descending, and all at one position.
  fc
    .record({ from: place, count: fc.nat(20), by: fc.constantFrom(1, 0, -1) })
    .map(({ from, count, by }) => Array.from({ length: count }, (_, n) => from + n * by)),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  addition.map((added) => ({ added, removed: [] })),
  fc.array(fc.nat(), { maxLength: 8 }).map((removed) => ({ added: [], removed })),
  fc.record({ added: addition, removed: fc.array(fc.nat(), { maxLength: 8 }) }),
);

interface BlockRow {
  first_position: number;
  first_tie: string;
  last_position: number;
  last_tie: string;
  size: number;
}

async function openLists() {
  const { file, remove } = await createMigratedFile();
  const store = openStore(file, { synchronousCommit: false, blockSize: BLOCK_SIZE });
  const reader = new Database(file);
  const blocks = reader.prepare<[], BlockRow>(
    `SELECT * FROM list_blocks WHERE list = '["hdp"]' ORDER BY first_position, first_tie`,
  );
  const keys: SortKey[] = [];
  let count = 0;
  return {
    store,
    keys,
    readBlocks: () =>
      blocks.all().map((row) => ({
        first: { position: row.first_position, tie: row.first_tie },
        last: { position: row.last_position, tie: row.last_tie },
        size: row.size,
      })),
    async change({ added, removed }: Step): Promise<void> {
      const uuids = removed
        .flatMap((rank) => keys.splice(rank % Math.max(keys.length, 1), 1))
        .map(({ tie }) => tie);
      const tasks = added.map((position) => {
        count += 1;
        // Ties ascend and descend, so that tasks with the same time arrive in any order.
        const uuid = ulid(count % 2 === 0 ? 1000 + count : 1000 - count);
        keys.push({ position, tie: uuid });
        return { ...parseHdpTask(JSON.stringify(anHdpTask({ uuid }))), createdAt: position };
      });
      keys.sort(compareKeys);
      // They share one transaction.
      await Promise.all([
        store.hdpTasks.addAll(tasks, 'error'),
        ...uuids.map((uuid) => store.hdpTaskLifecycle.remove(uuid)),
      ]);
    },
    async close() {
      reader.close();
      await store.close();
      remove();
    },
  };
}

type Lists = Awaited<ReturnType<typeof openLists>>;

/** Expects that the blocks partition the keys in order, and that no block exceeds the maximum size. */
function expectExact({ keys, readBlocks }: Lists): void {
  const blocks = readBlocks();
  let at = 0;
  const wrong = blocks.filter(({ first, last, size }, n) => {
    const members = keys.slice(at, at + size);
    at += size;
    const next = blocks[n + 1];
    const isInside = (key: SortKey) => compareKeys(first, key) <= 0 && compareKeys(key, last) <= 0;
    const hasAllowedSize = size > 0 && size <= maxBlockSize(BLOCK_SIZE) && members.length === size;
    return !hasAllowedSize || !members.every(isInside) || (next && compareKeys(last, next.first) >= 0);
  });
  expect(wrong).toEqual([]);
  expect(at).toBe(keys.length);
}

describe('the blocks of a list', () => {
  it('partition the list in order after any inserts and deletes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const lists = await openLists();
        try {
          for (const change of steps) {
            await lists.change(change);
            expectExact(lists);
          }
          expect(await lists.store.verify()).toEqual([]);
        } finally {
          await lists.close();
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['in order', (n: number) => n],
    ['against the order', (n: number) => -n],
  ])('are full if tasks arrive %s, one by one or in groups', async (_, positionOf) => {
    for (const atATime of [1, 3, 50]) {
      const lists = await openLists();
      for (let n = 0; n < 50; n += atATime) {
        const added = Array.from({ length: Math.min(atATime, 50 - n) }, (_, more) => positionOf(n + more));
        await lists.change({ added, removed: [] });
        expectExact(lists);
      }
      expect(lists.readBlocks().filter(({ size }) => size < BLOCK_SIZE).length).toBeLessThanOrEqual(1);
      await lists.close();
    }
  });

  it('are split if tasks arrive in the middle, and do not exceed the maximum size', async () => {
    const lists = await openLists();
    await lists.change({ added: [0, 1000], removed: [] });
    for (let n = 1; n < 100; n += 1) {
      await lists.change({ added: [n % 2 === 0 ? n : 1000 - n], removed: [] });
      expectExact(lists);
    }
    expect(lists.readBlocks().length).toBeGreaterThan(10);
    await lists.close();
  });

  it('are removed with their last task', async () => {
    const lists = await openLists();
    await lists.change({ added: Array.from({ length: 30 }, (_, n) => n), removed: [] });
    await lists.change({ added: [], removed: Array.from({ length: 30 }, (_, n) => 7 * n) });
    expect(lists.readBlocks()).toEqual([]);
    await lists.close();
  });
});
