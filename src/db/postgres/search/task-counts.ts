/** Counts the found tasks of a search block by reading its tasks, and caches the numbers. */
import { uuidContains } from '../../model/uuid-terms.ts';
import type { Connection } from '../connection.ts';
import { statement } from '../statements.ts';
import type { SearchBlocks } from './block-reader.ts';
import type { KeyRange } from './counted-tasks.ts';

/** The programs that contain a term, and a pattern for LIKE; null if ULIDs cannot contain the term. */
export interface Found {
  programs: readonly number[];
  pattern: string | null;
}

/** A subquery, so that the programs are hashed. */
export const IS_FOUND =
  '(program_id IN (SELECT unnest(:programs::bigint[])) OR lower(uuid) LIKE :pattern::text)';

interface Ranges extends Found {
  position: number[];
  tie: string[];
  endPosition: number[];
  endTie: string[];
}

const countInRanges = statement<Ranges, { found: number }>(
  'count-found-in-ranges',
  `SELECT counted.found
   FROM unnest(:position::bigint[], :tie::text[], :endPosition::bigint[], :endTie::text[])
     WITH ORDINALITY AS range (position, tie, end_position, end_tie, number), LATERAL (
     SELECT count(*) AS found FROM hdp_tasks
     WHERE (created_at, uuid) >= (range.position, range.tie COLLATE "C")
       AND (created_at, uuid) < (range.end_position, range.end_tie COLLATE "C") AND ${IS_FOUND}
   ) AS counted ORDER BY range.number`,
);

interface BlocksToCount {
  blocks: SearchBlocks;
  /** The indexes of the blocks. */
  indexes: readonly number[];
  /** The folded term. */
  term: string;
  found: Found;
}

/** Returns the number of found tasks by the index of the block. */
export type CountTasks = (connection: Connection, search: BlocksToCount) => Promise<Map<number, number>>;

/** The number of terms about which a process keeps something. */
export const MAX_CACHED_TERMS = 100;

/**
 * Creates a function that counts tasks. It caches the number of found tasks without the pending changes for each version of
 * a block. Such a number never changes, because the texts of a program never change.
 */
export function createTaskCounts(): CountTasks {
  /** The counts by version of each term; the term that was used last is the last one. */
  const cache = new Map<string, Map<number, number>>();

  function countsOf(term: string): Map<number, number> {
    const counts = cache.get(term) ?? new Map<number, number>();
    cache.delete(term);
    cache.set(term, counts);
    const [oldest] = cache.keys();
    if (cache.size > MAX_CACHED_TERMS && oldest !== undefined) cache.delete(oldest);
    return counts;
  }

  return async (connection, { blocks, indexes, term, found }) => {
    if (indexes.length === 0) return new Map();
    const known = countsOf(term);
    const programs = new Set(found.programs);
    const pendingIn = (index: number) =>
      blocks.at(index).changes.reduce((sum, { tie, programId, change }) => {
        const isFound = (programId !== null && programs.has(programId)) || uuidContains(tie, term);
        return isFound ? sum + change : sum;
      }, 0);
    // Read before the query: another search of the term may remove counts meanwhile.
    const counts = new Map(indexes.map((index) => [index, known.get(blocks.versionOf(index))]));
    const unknown = indexes.filter((index) => counts.get(index) === undefined);
    const rows = await readCounts(connection, unknown.map(blocks.rangeOf), found);
    for (const [n, index] of unknown.entries()) counts.set(index, (rows[n]?.found ?? 0) - pendingIn(index));
    // Most of the others are counts of old versions.
    if (known.size > 2 * blocks.length) known.clear();
    for (const [index, count = 0] of counts) known.set(blocks.versionOf(index), count);
    return new Map([...counts].map(([index, count = 0]) => [index, count + pendingIn(index)]));
  };
}

async function readCounts(connection: Connection, ranges: readonly KeyRange[], found: Found) {
  if (ranges.length === 0) return [];
  return connection.all(countInRanges, {
    ...found,
    position: ranges.map(({ from }) => from.position),
    tie: ranges.map(({ from }) => from.tie),
    endPosition: ranges.map(({ to }) => to.position),
    endTie: ranges.map(({ to }) => to.tie),
  });
}
