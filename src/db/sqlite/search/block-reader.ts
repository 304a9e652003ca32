/** Reads and caches search blocks. A block is read again only if its version has changed. */

import type Database from 'better-sqlite3';
import { decodeSearchBlock, type SearchBlock, sumOfSearchBlocks } from '../../model/search-block.ts';
import { SearchBlockCounter } from '../../model/search-block-counter.ts';
import type { CountableBlock } from '../../model/search-count.ts';
import { blockIndexOf, FIRST_KEY, LAST_KEY, type SortKey } from '../../model/sort-key.ts';
import { createPendingChanges, type PendingChange } from './pending-changes.ts';
import { SEARCH_BLOCKS, SEARCH_VERSION, STATE } from './tables.ts';

interface BlockStart extends SortKey {
  version: number;
}

/** A block or a group of blocks, with its pending changes. */
type ReadBlock = CountableBlock & { readonly changes: readonly PendingChange[] };

/** A snapshot of all search blocks, in list order. `GROUP_SIZE` consecutive blocks are a group. */
export interface SearchBlocks {
  readonly length: number;
  at(index: number): ReadBlock;
  from(index: number): SortKey;
  to(index: number): SortKey;
  /** Returns the index of the block that a task belongs to. */
  indexOf(key: SortKey): number;
  readonly groups: number;
  /** Returns the sum of the blocks of a group. */
  group(group: number): ReadBlock;
}

/** Groups let a search add up few numbers, even if there are thousands of blocks. */
export const GROUP_SIZE = 32;

const EMPTY = decodeSearchBlock(new SearchBlockCounter().encode());

/** Creates a function that reads the blocks. Call it in a transaction, and use the result only in that transaction. */
export function createBlockReader(sqlite: Database.Database): () => SearchBlocks {
  const pending = createPendingChanges(sqlite);
  const version = sqlite
    .prepare<[], number>(`SELECT value FROM ${STATE} WHERE part = '${SEARCH_VERSION}'`)
    .pluck();
  const allStarts = sqlite.prepare<[], BlockStart>(
    `SELECT first_position AS position, first_tie AS tie, version FROM ${SEARCH_BLOCKS} ORDER BY first_position, first_tie`,
  );
  const counts = sqlite
    .prepare<[number, string], Uint8Array>(
      `SELECT counts FROM ${SEARCH_BLOCKS} WHERE first_position = ? AND first_tie = ?`,
    )
    .pluck();
  let cachedVersion: number | undefined;
  let starts: BlockStart[] = [];
  let decoded = new Map<number, SearchBlock>();
  /** Sums of groups, by the versions of their blocks. */
  let summed = new Map<string, SearchBlock>();

  function refresh(): void {
    const current = version.get();
    if (current === cachedVersion) return;
    starts = allStarts.all();
    decoded = pick(
      decoded,
      starts.map(({ version }) => version),
    );
    summed = pick(
      summed,
      Array.from({ length: Math.ceil(starts.length / GROUP_SIZE) }, (_, group) => versionsOf(group)),
    );
    cachedVersion = current;
  }

  function blockAt(index: number): SearchBlock {
    const start = starts[index];
    if (!start) return EMPTY;
    const cached = decoded.get(start.version);
    if (cached) return cached;
    const stored = counts.get(start.position, start.tie);
    const block = stored ? decodeSearchBlock(stored) : EMPTY;
    decoded.set(start.version, block);
    return block;
  }

  const startsOf = (group: number) => starts.slice(group * GROUP_SIZE, (group + 1) * GROUP_SIZE);
  const versionsOf = (group: number) =>
    startsOf(group)
      .map(({ version }) => version)
      .join();

  function sumOf(group: number): SearchBlock {
    const versions = versionsOf(group);
    const cached = summed.get(versions);
    if (cached) return cached;
    const sum = sumOfSearchBlocks(startsOf(group).map((_, index) => blockAt(group * GROUP_SIZE + index)));
    summed.set(versions, sum);
    return sum;
  }

  return () => {
    refresh();
    const pendingChanges = pending.list();
    const changes = Map.groupBy(pendingChanges, (change) => blockIndexOf(starts, change));
    const groupChanges = Map.groupBy(pendingChanges, (change) =>
      Math.floor(blockIndexOf(starts, change) / GROUP_SIZE),
    );
    return {
      // Before the first block is counted, one block holds the pending changes.
      length: Math.max(1, starts.length),
      at: (index) => ({ block: blockAt(index), changes: changes.get(index) ?? [] }),
      from: (index) => starts[index] ?? FIRST_KEY,
      to: (index) => starts[index + 1] ?? LAST_KEY,
      groups: Math.max(1, Math.ceil(starts.length / GROUP_SIZE)),
      group: (group) => ({ block: sumOf(group), changes: groupChanges.get(group) ?? [] }),
      indexOf: (key) => blockIndexOf(starts, key),
    };
  };
}

/** Returns the entries of a map whose keys are given. */
function pick<Key, Value>(map: ReadonlyMap<Key, Value>, keys: readonly Key[]): Map<Key, Value> {
  const picked = new Map<Key, Value>();
  for (const key of keys) {
    const value = map.get(key);
    if (value !== undefined) picked.set(key, value);
  }
  return picked;
}
