/**
 * Sums many changes by block and writes each block once. The caller holds the lock of the fold, so no other transaction
 * writes blocks, and the address of a block (`ctid`) stays valid.
 */
import type { ListGroup } from '../../model/lists.ts';
import { blockIndexOf, compareKeys, FIRST_KEY, type SortKey } from '../../model/sort-key.ts';
import { statement } from '../statements.ts';
import type { WriteTransaction } from '../transactions.ts';

/** A task that enters (1) or leaves (-1) the lists of a group. */
export interface BlockChange {
  group: ListGroup;
  key: SortKey;
  by: number;
}

export interface BlockRow extends SortKey {
  list: string;
  size: number;
}

export const BLOCK_COLUMNS = 'list, first_position AS position, first_tie AS tie, size';

/** A block with its address; null for a block that does not exist yet. */
type FoundBlock = SortKey & { list: string; tid: string | null };

type BlockSum = FoundBlock & { change: number };

const blocksOfLists = statement<{ lists: readonly string[] }, FoundBlock>(
  'list-blocks-of-lists',
  'SELECT list, first_position AS position, first_tie AS tie, ctid AS tid FROM list_blocks WHERE list = ANY (:lists)',
);

/** Only these blocks need more work. */
const IS_EMPTY_OR_LARGE = 'size = 0 OR size > :maxSize';

const update = statement<
  { tids: readonly (string | null)[]; changes: readonly number[]; maxSize: number },
  BlockRow
>(
  'update-blocks',
  `WITH updated AS (
     UPDATE list_blocks SET size = size + changed.change
     FROM unnest(:tids::tid[], :changes::bigint[]) AS changed (tid, change) WHERE list_blocks.ctid = changed.tid
     RETURNING ${BLOCK_COLUMNS}
   )
   SELECT * FROM updated WHERE ${IS_EMPTY_OR_LARGE}`,
);

const insertion = statement<
  {
    lists: readonly string[];
    positions: readonly number[];
    ties: readonly string[];
    changes: readonly number[];
    maxSize: number;
  },
  BlockRow
>(
  'insert-blocks',
  `WITH inserted AS (
     INSERT INTO list_blocks (list, first_position, first_tie, size)
     SELECT * FROM unnest(:lists::text[], :positions::bigint[], :ties::text[], :changes::bigint[])
     RETURNING ${BLOCK_COLUMNS}
   )
   SELECT * FROM inserted WHERE ${IS_EMPTY_OR_LARGE}`,
);

/** Counts changes. @returns the blocks that are empty, or larger than `maxSize` */
export async function countSums(
  transaction: WriteTransaction,
  changes: readonly BlockChange[],
  maxSize: number,
): Promise<BlockRow[]> {
  const sums = await sumByBlock(transaction, changes);
  const existing = sums.filter(({ tid }) => tid !== null);
  const added = sums.filter(({ tid }) => tid === null);
  const updated = await transaction.all(update, {
    tids: existing.map(({ tid }) => tid),
    changes: existing.map(({ change }) => change),
    maxSize,
  });
  const inserted = await transaction.all(insertion, {
    lists: added.map(({ list }) => list),
    positions: added.map(({ position }) => position),
    ties: added.map(({ tie }) => tie),
    changes: added.map(({ change }) => change),
    maxSize,
  });
  return [...updated, ...inserted];
}

/** Returns the sums of the changes of each block, in the order of the lists, without sums of 0. */
async function sumByBlock(
  transaction: WriteTransaction,
  changes: readonly BlockChange[],
): Promise<BlockSum[]> {
  const groups = Map.groupBy(changes, ({ group }) => group);
  // Sorted, so that neighbouring rows of the index are written in their order.
  const lists = [...new Set([...groups.keys()].flatMap((group) => group.lists))].sort();
  const found = Map.groupBy(await transaction.all(blocksOfLists, { lists }), ({ list }) => list);
  const sums = new Map(lists.map((list) => [list, startSums(list, found.get(list) ?? [])]));
  for (const [{ lists: names }, ofGroup] of groups) {
    const total = ofGroup.reduce((sum, { by }) => sum + by, 0);
    for (const list of names) addToSums(sums.get(list) ?? [], ofGroup, total);
  }
  return [...sums.values()].flat().filter(({ change }) => change !== 0);
}

/** Returns the blocks of a list in their order, with sums of 0. */
function startSums(list: string, blocks: readonly FoundBlock[]): BlockSum[] {
  const sums = blocks.map((block) => ({ ...block, change: 0 })).sort(compareKeys);
  const [first] = sums;
  // The first block of a list begins before all tasks.
  if (!first || compareKeys(first, FIRST_KEY) > 0) sums.unshift({ list, ...FIRST_KEY, tid: null, change: 0 });
  return sums;
}

function addToSums(sums: readonly BlockSum[], changes: readonly BlockChange[], total: number): void {
  const [first] = sums;
  // Most lists have one block.
  if (first && sums.length === 1) {
    first.change += total;
    return;
  }
  for (const { key, by } of changes) {
    const sum = sums[blockIndexOf(sums, key)];
    if (sum) sum.change += by;
  }
}
