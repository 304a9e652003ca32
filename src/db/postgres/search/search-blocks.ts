/**
 * Writes the search blocks (model/search-block.ts). The fold counts the pending changes in them, in batches. A block that
 * has grown too large is replaced by several, built from the tasks that are counted.
 */
import { randomInt } from 'node:crypto';
import { decodeSearchBlock, SEARCH_BLOCK_SIZE } from '../../model/search-block.ts';
import { SearchBlockCounter } from '../../model/search-block-counter.ts';
import { blockIndexOf, compareKeys, FIRST_KEY, LAST_KEY, type SortKey } from '../../model/sort-key.ts';
import { statement } from '../statements.ts';
import type { WriteTransaction } from '../transactions.ts';
import { type CountedTask, type KeyRange, readCountedTasks } from './counted-tasks.ts';
import { createProgramNGrams, type ProgramNGrams } from './program-n-grams.ts';

/** A task that is added (1) or removed (-1). */
export interface SearchBlockChange extends CountedTask {
  change: number;
}

interface BuiltBlock {
  start: SortKey;
  counter: SearchBlockCounter;
}

/** Versions are below this number. They are random, because a counter would repeat versions after a restore. */
const MAX_VERSION = 2 ** 48 - 1;

/** The keys of the blocks from that of one task to that of a later one. */
const keysBetween = statement<SortKey & { lastPosition: number; lastTie: string }, SortKey>(
  'search-blocks-between',
  `SELECT first_position AS position, first_tie AS tie FROM hdp_search_blocks
   WHERE (first_position, first_tie) <= (:lastPosition, :lastTie) AND (first_position, first_tie) >= (
     SELECT first_position, first_tie FROM hdp_search_blocks WHERE (first_position, first_tie) <= (:position, :tie)
     ORDER BY first_position DESC, first_tie DESC LIMIT 1
   ) ORDER BY first_position, first_tie`,
);

const countsOf = statement<{ position: number[]; tie: string[] }, SortKey & { counts: Buffer }>(
  'touched-search-blocks',
  `SELECT first_position AS position, first_tie AS tie, counts FROM hdp_search_blocks
   WHERE (first_position, first_tie) IN (SELECT * FROM unnest(:position::bigint[], :tie::text[]))
   ORDER BY first_position, first_tie`,
);

const next = statement<SortKey, SortKey>(
  'next-search-block',
  `SELECT first_position AS position, first_tie AS tie FROM hdp_search_blocks
   WHERE (first_position, first_tie) > (:position, :tie) ORDER BY first_position, first_tie LIMIT 1`,
);

const write = statement<
  Record<'position' | 'tie' | 'version' | 'counts', readonly (number | string | Buffer)[]>
>(
  'write-search-blocks',
  `INSERT INTO hdp_search_blocks (first_position, first_tie, version, counts)
   SELECT * FROM unnest(:position::bigint[], :tie::text[], :version::bigint[], :counts::bytea[])
   ON CONFLICT (first_position, first_tie) DO UPDATE SET version = excluded.version, counts = excluded.counts`,
);

const remove = statement<SortKey>(
  'remove-search-block',
  'DELETE FROM hdp_search_blocks WHERE first_position = :position AND first_tie = :tie',
);

const save = (transaction: WriteTransaction, blocks: readonly BuiltBlock[]) =>
  transaction.run(write, {
    position: blocks.map(({ start }) => start.position),
    tie: blocks.map(({ start }) => start.tie),
    version: blocks.map(() => randomInt(MAX_VERSION)),
    counts: blocks.map(({ counter }) => counter.encode()),
  });

/** Adds a task to a counter (1), or removes it (-1). The n-grams of its program are loaded. */
export const addTask = (
  counter: SearchBlockCounter,
  nGrams: ProgramNGrams,
  { tie, programId }: CountedTask,
  change: number,
): void => counter.add({ uuid: tie, programId, programNGrams: nGrams.get(programId) }, change);

/** Builds the blocks of a range from its counted tasks. */
async function* build(
  transaction: WriteTransaction,
  { from, to }: KeyRange,
  nGrams: ProgramNGrams,
  blockSize: number,
): AsyncGenerator<BuiltBlock> {
  for (let start: SortKey | undefined = from; start; ) {
    // One more task than a block has: it begins the next block.
    const tasks: CountedTask[] = await readCountedTasks(transaction, { from: start, to }, blockSize + 1);
    const following: CountedTask | undefined = tasks.length > blockSize ? tasks.pop() : undefined;
    await nGrams.load(tasks.map(({ programId }) => programId));
    const counter = new SearchBlockCounter();
    for (const task of tasks) addTask(counter, nGrams, task, 1);
    yield { start, counter };
    start = following && { position: following.position, tie: following.tie };
  }
}

/** Returns the blocks of some keys, in order. Their bytes are read only if a key is in them. */
async function touchedBlocks(transaction: WriteTransaction, keys: readonly SortKey[]) {
  const first = keys.reduce((least, key) => (compareKeys(key, least) < 0 ? key : least), LAST_KEY);
  const last = keys.reduce((greatest, key) => (compareKeys(key, greatest) > 0 ? key : greatest), FIRST_KEY);
  const { position, tie } = first;
  const range = { position, tie, lastPosition: last.position, lastTie: last.tie };
  const blocks = await transaction.all(keysBetween, range);
  const touched = [...new Set(keys.map((key) => blocks[blockIndexOf(blocks, key)]))].flatMap(
    (block) => block ?? [],
  );
  return transaction.all(countsOf, {
    position: touched.map((block) => block.position),
    tie: touched.map((block) => block.tie),
  });
}

/** Counts changes in their blocks. The caller holds the lock of the fold. */
export async function countInSearchBlocks(
  transaction: WriteTransaction,
  changes: readonly SearchBlockChange[],
  blockSize = SEARCH_BLOCK_SIZE,
): Promise<void> {
  if (changes.length === 0) return;
  const nGrams = createProgramNGrams(transaction);
  await nGrams.load(changes.map(({ programId }) => programId));
  const found = await touchedBlocks(transaction, changes);
  // The first block begins before all tasks.
  const blocks = found.length === 0 ? [{ ...FIRST_KEY, counts: undefined }] : found;
  const counters = blocks.map(({ counts }) => new SearchBlockCounter(counts && decodeSearchBlock(counts)));
  for (const change of changes) {
    const counter = counters[blockIndexOf(blocks, change)];
    if (counter) addTask(counter, nGrams, change, change.change);
  }
  const changed: BuiltBlock[] = [];
  for (const [index, { position, tie }] of blocks.entries()) {
    const [start, counter] = [{ position, tie }, counters[index]];
    if (!counter) continue;
    if (counter.isEmpty && position !== FIRST_KEY.position) {
      // Its range belongs to the block before it.
      await transaction.run(remove, start);
    } else if (counter.size > 2 * blockSize) {
      const to = (await transaction.first(next, start)) ?? LAST_KEY;
      for await (const block of build(transaction, { from: start, to }, nGrams, blockSize))
        await save(transaction, [block]);
    } else changed.push({ start, counter });
  }
  await save(transaction, changed);
}

/** Builds all blocks from the tasks without the pending changes. The caller holds the lock of the fold. */
export async function rebuildSearchBlocks(
  transaction: WriteTransaction,
  blockSize = SEARCH_BLOCK_SIZE,
): Promise<void> {
  await transaction.exec('DELETE FROM hdp_search_blocks');
  const all = { from: FIRST_KEY, to: LAST_KEY };
  for await (const block of build(transaction, all, createProgramNGrams(transaction), blockSize))
    await save(transaction, [block]);
}
