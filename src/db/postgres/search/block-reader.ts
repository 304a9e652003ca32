/** Reads and caches search blocks. A block is read again only if its version has changed. */
import { decodeSearchBlock, type SearchBlock } from '../../model/search-block.ts';
import { SearchBlockCounter } from '../../model/search-block-counter.ts';
import type { CountableBlock, UncountedChange } from '../../model/search-count.ts';
import { blockIndexOf, FIRST_KEY, LAST_KEY, type SortKey } from '../../model/sort-key.ts';
import type { Connection } from '../connection.ts';
import { statement } from '../statements.ts';
import type { KeyRange } from './counted-tasks.ts';

type PendingChange = UncountedChange & SortKey;

/** A snapshot of all search blocks, in list order. There is at least one. */
export interface SearchBlocks {
  readonly length: number;
  /** Returns a block with its pending changes. */
  at(index: number): CountableBlock;
  /** Returns the version of a block. Blocks of the same version are equal. */
  versionOf(index: number): number;
  rangeOf(index: number): KeyRange;
  /** Returns the index of the block that a task belongs to. */
  indexOf(key: SortKey): number;
}

type Start = SortKey & { version: number };

/** The first block begins before all tasks, so no key is null unless there are no blocks. */
interface StartRow extends Start {
  /** The sum of all versions identifies a set of blocks, because versions are random. */
  all: string;
}

const starts = statement<{ known: string }, StartRow>(
  'search-block-starts',
  `SELECT state.all, first_position AS position, first_tie AS tie, version
   FROM (SELECT coalesce(sum(version), 0)::text AS all FROM hdp_search_blocks) AS state
   LEFT JOIN hdp_search_blocks ON state.all <> :known ORDER BY first_position, first_tie`,
);

const counts = statement<{ position: number[]; tie: string[] }, { version: number; counts: Buffer }>(
  'search-block-counts',
  `SELECT version, counts FROM hdp_search_blocks
   JOIN unnest(:position::bigint[], :tie::text[]) AS start (position, tie)
     ON first_position = start.position AND first_tie = start.tie COLLATE "C"`,
);

const pending = statement<object, PendingChange>(
  'pending-search-changes',
  `SELECT created_at AS position, uuid AS tie, program_id AS "programId", change FROM pending_search_changes
   WHERE change <> 0`,
);

interface Blocks {
  all: string;
  starts: readonly Start[];
  blocks: readonly SearchBlock[];
}

/** The version of the empty block. */
const NO_VERSION = -1;

const EMPTY = decodeSearchBlock(new SearchBlockCounter().encode());

/** Before the first block is written, one block holds the pending changes. */
const NO_BLOCKS: Blocks = { all: '0', starts: [{ ...FIRST_KEY, version: NO_VERSION }], blocks: [EMPTY] };

/** Creates a function that reads the blocks. Call it in a snapshot, and use the result only there. */
export function createBlockReader(): (connection: Connection) => Promise<SearchBlocks> {
  let cached = NO_BLOCKS;

  async function readBlocks(connection: Connection, known: Blocks): Promise<Blocks> {
    const rows = await connection.all(starts, { known: known.all });
    const all = rows[0]?.all ?? NO_BLOCKS.all;
    if (all === known.all) return known;
    if (all === NO_BLOCKS.all) return NO_BLOCKS;
    const byVersion = new Map(known.starts.map(({ version }, index) => [version, known.blocks[index]]));
    const unknown = rows.filter(({ version }) => !byVersion.has(version));
    const read = await connection.all(counts, {
      position: unknown.map(({ position }) => position),
      tie: unknown.map(({ tie }) => tie),
    });
    for (const block of read) byVersion.set(block.version, decodeSearchBlock(block.counts));
    return { all, starts: rows, blocks: rows.map(({ version }) => byVersion.get(version) ?? EMPTY) };
  }

  return async (connection) => {
    const current = await readBlocks(connection, cached);
    cached = current;
    const { starts, blocks } = current;
    const changes = Map.groupBy(await connection.all(pending, {}), (change) => blockIndexOf(starts, change));
    return {
      length: starts.length,
      at: (index) => ({ block: blocks[index] ?? EMPTY, changes: changes.get(index) ?? [] }),
      versionOf: (index) => starts[index]?.version ?? NO_VERSION,
      rangeOf: (index) => ({ from: starts[index] ?? FIRST_KEY, to: starts[index + 1] ?? LAST_KEY }),
      indexOf: (key) => blockIndexOf(starts, key),
    };
  };
}
