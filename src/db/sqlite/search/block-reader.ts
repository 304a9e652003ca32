/** Reads search blocks and holds them in memory. A block is read again only when its version has changed. */

import type Database from 'better-sqlite3';
import { groupBy } from '../../../lib/group-by.ts';
import { decodeSearchBlock, type SearchBlock, sumOfSearchBlocks } from '../../model/search-block.ts';
import { SearchBlockCounter } from '../../model/search-block-counter.ts';
import type { CountableBlock } from '../../model/search-count.ts';
import { blockOf, FIRST_KEY, LAST_KEY, type SortKey } from '../../model/sort-key.ts';
import { createPendingChanges, type PendingChange } from './pending-changes.ts';
import { SEARCH_BLOCKS, SEARCH_VERSION, STATE } from './tables.ts';

interface BlockHead extends SortKey {
  version: number;
}

/** A block or a group, and the changes in it that it does not count yet. */
type ReadBlock = CountableBlock & { readonly changes: readonly PendingChange[] };

/** All search blocks at one moment, in list order. `GROUP_SIZE` blocks in a row are a group. */
export interface SearchBlocks {
  readonly length: number;
  at(index: number): ReadBlock;
  from(index: number): SortKey;
  to(index: number): SortKey;
  /** Returns the index of the block that a task belongs to. */
  indexOf(key: SortKey): number;
  readonly groups: number;
  /** Returns the sum of the blocks from `GROUP_SIZE * group` on. */
  group(group: number): ReadBlock;
}

/** With groups, counting reads a small part of the blocks, also when there are thousands. */
export const GROUP_SIZE = 32;

const EMPTY = decodeSearchBlock(new SearchBlockCounter().encode());

/** Returns a function that reads the blocks; call it in a transaction, and use the result in that transaction alone. */
export function createBlockReader(sqlite: Database.Database): () => SearchBlocks {
  const pending = createPendingChanges(sqlite);
  const version = sqlite
    .prepare<[], number>(`SELECT value FROM ${STATE} WHERE part = '${SEARCH_VERSION}'`)
    .pluck();
  const allHeads = sqlite.prepare<[], BlockHead>(
    `SELECT first_position AS position, first_tie AS tie, version FROM ${SEARCH_BLOCKS} ORDER BY first_position, first_tie`,
  );
  const counts = sqlite
    .prepare<[number, string], Uint8Array>(
      `SELECT counts FROM ${SEARCH_BLOCKS} WHERE first_position = ? AND first_tie = ?`,
    )
    .pluck();
  let knownVersion: number | undefined;
  let heads: BlockHead[] = [];
  let decoded = new Map<number, SearchBlock>();
  /** Sums of groups, by the versions of their blocks. */
  let summed = new Map<string, SearchBlock>();

  function refresh(): void {
    const current = version.get();
    if (current === knownVersion) return;
    heads = allHeads.all();
    decoded = only(
      decoded,
      heads.map(({ version }) => version),
    );
    summed = only(
      summed,
      Array.from({ length: Math.ceil(heads.length / GROUP_SIZE) }, (_, group) => versionsOf(group)),
    );
    knownVersion = current;
  }

  function blockAt(index: number): SearchBlock {
    const head = heads[index];
    if (!head) return EMPTY;
    const known = decoded.get(head.version);
    if (known) return known;
    const stored = counts.get(head.position, head.tie);
    const block = stored ? decodeSearchBlock(stored) : EMPTY;
    decoded.set(head.version, block);
    return block;
  }

  const headsOf = (group: number) => heads.slice(group * GROUP_SIZE, (group + 1) * GROUP_SIZE);
  const versionsOf = (group: number) =>
    headsOf(group)
      .map(({ version }) => version)
      .join();

  function sumOf(group: number): SearchBlock {
    const versions = versionsOf(group);
    const known = summed.get(versions);
    if (known) return known;
    const sum = sumOfSearchBlocks(headsOf(group).map((_, index) => blockAt(group * GROUP_SIZE + index)));
    summed.set(versions, sum);
    return sum;
  }

  return () => {
    refresh();
    const uncounted = pending.list();
    const changes = groupBy(uncounted, (change) => blockOf(heads, change));
    const groupChanges = groupBy(uncounted, (change) => Math.floor(blockOf(heads, change) / GROUP_SIZE));
    return {
      // Before the first block is counted, one block holds the pending changes.
      length: Math.max(1, heads.length),
      at: (index) => ({ block: blockAt(index), changes: changes.get(index) ?? [] }),
      from: (index) => heads[index] ?? FIRST_KEY,
      to: (index) => heads[index + 1] ?? LAST_KEY,
      groups: Math.max(1, Math.ceil(heads.length / GROUP_SIZE)),
      group: (group) => ({ block: sumOf(group), changes: groupChanges.get(group) ?? [] }),
      indexOf: (key) => blockOf(heads, key),
    };
  };
}

/** Returns the entries of a map whose keys are given. */
function only<Key, Value>(map: ReadonlyMap<Key, Value>, keys: readonly Key[]): Map<Key, Value> {
  const kept = new Map<Key, Value>();
  for (const key of keys) {
    const value = map.get(key);
    if (value !== undefined) kept.set(key, value);
  }
  return kept;
}
