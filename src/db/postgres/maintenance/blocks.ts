/**
 * Counts changes in the blocks of lists (schema/derived.ts). A task belongs to the last block that begins at or before it.
 * A block that grows past twice the size of a full block is split.
 */
import { maxBlockSize } from '../../model/blocks.ts';
import { HDP_LIST, parseServicesListName } from '../../model/lists.ts';
import { FIRST_KEY, type SortKey } from '../../model/sort-key.ts';
import { type Statement, statement } from '../statements.ts';
import type { WriteTransaction } from '../transactions.ts';
import { BLOCK_COLUMNS, type BlockChange, type BlockRow, countSums } from './block-sums.ts';

/** The part of a full block from which changes are summed. Fewer cost less without reading all blocks of their lists. */
const SUMMED_SHARE = 1 / 16;

const count = statement<Record<'list' | 'position' | 'tie' | 'change', unknown[]>, BlockRow>(
  'count-in-blocks',
  `INSERT INTO list_blocks (list, first_position, first_tie, size)
   SELECT changed.list, coalesce(block.first_position, ${FIRST_KEY.position}), coalesce(block.first_tie, '${FIRST_KEY.tie}'),
     sum(changed.change)
   FROM unnest(:list::text[], :position::bigint[], :tie::text[], :change::bigint[])
     AS changed (list, position, tie, change)
   LEFT JOIN LATERAL (
     SELECT first_position, first_tie FROM list_blocks
     WHERE list = changed.list COLLATE "C"
       AND (first_position, first_tie) <= (changed.position, changed.tie COLLATE "C")
     ORDER BY first_position DESC, first_tie DESC LIMIT 1
   ) AS block ON true
   GROUP BY 1, 2, 3
   ON CONFLICT (list, first_position, first_tie) DO UPDATE SET size = list_blocks.size + excluded.size
   RETURNING ${BLOCK_COLUMNS}`,
);

const resize = statement<BlockRow>(
  'resize-block',
  'UPDATE list_blocks SET size = :size WHERE list = :list AND first_position = :position AND first_tie = :tie',
);

const insertion = statement<BlockRow>(
  'insert-block',
  'INSERT INTO list_blocks (list, first_position, first_tie, size) VALUES (:list, :position, :tie, :size)',
);

const removal = statement<Pick<BlockRow, 'list' | 'position' | 'tie'>>(
  'remove-block',
  'DELETE FROM list_blocks WHERE list = :list AND first_position = :position AND first_tie = :tie',
);

/** Where a new block may begin, and how many of the rows before it in the block are counted already. */
type Split = SortKey & { counted: number };

type SplitValues = SortKey & {
  list: string;
  rows: number;
  [filter: string]: unknown;
};

/**
 * One statement, so that rows and pending changes come from one snapshot. It returns nothing if the block has too few rows,
 * because removals are still pending.
 */
const splitOf = (
  name: string,
  {
    table,
    pending,
    key,
    pendingKey,
    tie,
    conditions,
  }: Record<'table' | 'pending' | 'key' | 'pendingKey' | 'tie' | 'conditions', string>,
): Statement<SplitValues, Split> =>
  statement(
    name,
    `WITH next AS (
       SELECT ${key} AS position, ${tie} AS tie FROM ${table}
       WHERE ${conditions} AND (${key}, ${tie}) >= (:position::bigint, :tie::text COLLATE "C")
       ORDER BY ${key}, ${tie} LIMIT 1 OFFSET :rows
     )
     SELECT next.position, next.tie, :rows::bigint - coalesce((
       SELECT sum(change) FROM ${pending}
       WHERE ${conditions} AND (${pendingKey}, ${tie}) >= (:position::bigint, :tie::text COLLATE "C")
         AND (${pendingKey}, ${tie}) < (next.position, next.tie)
     ), 0)::bigint AS counted FROM next
     WHERE NOT EXISTS (
       SELECT FROM list_blocks WHERE list = :list AND (first_position, first_tie) > (:position, :tie)
         AND (first_position, first_tie) <= (next.position, next.tie)
     )`,
  );

const splitHdp = splitOf('split-hdp', {
  ...{ table: 'hdp_tasks', pending: 'pending_search_changes', key: 'created_at', pendingKey: 'created_at' },
  ...{ tie: 'uuid', conditions: 'true' },
});

const splitServices = new Map<string, Statement<SplitValues, Split>>();

/** Returns the statement that splits blocks of a list, and the values of its conditions. */
function splitFor(list: string) {
  if (list === HDP_LIST) return { split: splitHdp, filter: {} };
  const parsed = parseServicesListName(list);
  if (!parsed) throw new Error(`There is no list ${list}.`);
  const filter = { chain: parsed.chain, ...parsed.filter };
  const names = Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const key = names.join('-');
  const split =
    splitServices.get(key) ??
    splitOf(`split-services-${key}`, {
      ...{ table: 'services_tasks', pending: 'pending_services_changes', key: 'id', pendingKey: 'task' },
      ...{ tie: `''::text COLLATE "C"`, conditions: names.map((name) => `${name} = :${name}`).join(' AND ') },
    });
  splitServices.set(key, split);
  return { split, filter };
}

/** Looks up the block of each change. @returns the blocks that were counted */
function countEach(transaction: WriteTransaction, changes: readonly BlockChange[]): Promise<BlockRow[]> {
  const entries = changes.flatMap(({ group, key, by }) =>
    group.lists.map((list) => ({ list, ...key, change: by })),
  );
  return transaction.all(count, {
    list: entries.map(({ list }) => list),
    position: entries.map(({ position }) => position),
    tie: entries.map(({ tie }) => tie),
    change: entries.map(({ change }) => change),
  });
}

/** Counts the changes in their blocks. The caller holds the lock of the fold. */
export async function countInBlocks(
  transaction: WriteTransaction,
  changes: readonly BlockChange[],
  blockSize: number,
): Promise<void> {
  if (changes.length === 0) return;
  const blocks =
    changes.length < blockSize * SUMMED_SHARE
      ? await countEach(transaction, changes)
      : await countSums(transaction, changes, maxBlockSize(blockSize));
  for (const block of blocks) {
    if (block.size === 0) await transaction.run(removal, block);
    else if (block.size > maxBlockSize(blockSize)) await split(transaction, block, blockSize);
  }
}

/** Writes a block that has grown too large as several full blocks. */
async function split(transaction: WriteTransaction, large: BlockRow, blockSize: number): Promise<void> {
  const { split, filter } = splitFor(large.list);
  let block = large;
  while (block.size > blockSize + blockSize / 2) {
    const { list, position, tie } = block;
    const next = await transaction.first(split, { ...filter, list, position, tie, rows: blockSize });
    if (!next) return;
    const { counted, ...start } = next;
    const rest = { list, ...start, size: block.size - counted };
    await transaction.run(resize, { ...block, size: counted });
    await transaction.run(insertion, rest);
    block = rest;
  }
}
