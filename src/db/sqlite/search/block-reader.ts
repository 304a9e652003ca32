/** Reads search blocks and holds them in memory. A block is read again only when its version has changed. */

import { groupBy } from '../../../lib/group-by.ts';
import { decodeSearchBlock, type SearchBlock, SearchBlockCounter } from '../../model/search-block.ts';
import type { CountableBlock } from '../../model/search-count.ts';
import { blockOf, FIRST_KEY, LAST_KEY, type SortKey } from '../../model/sort-key.ts';
import type { SqliteConnection } from '../../sqlite.ts';
import { createPendingChanges, type PendingChange } from './pending-changes.ts';
import { SEARCH_BLOCKS, SEARCH_VERSION, STATE } from './tables.ts';

interface BlockHead extends SortKey {
  version: number;
}

/** All search blocks at one moment, in list order. */
export interface SearchBlocks {
  readonly length: number;
  /** A block and the changes in it that it does not count yet. */
  at(index: number): CountableBlock & { readonly changes: readonly PendingChange[] };
  from(index: number): SortKey;
  to(index: number): SortKey;
  /** Returns the index of the block that a task belongs to. */
  indexOf(key: SortKey): number;
}

const EMPTY = decodeSearchBlock(new SearchBlockCounter().encode());

/** Returns a function that reads the blocks; call it in a transaction, and use the result in that transaction alone. */
export function createBlockReader(db: SqliteConnection): () => SearchBlocks {
  const { $client: sqlite } = db;
  const pending = createPendingChanges(db);
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

  function refresh(): void {
    const current = version.get();
    if (current === knownVersion) return;
    heads = allHeads.all();
    const before = decoded;
    decoded = new Map();
    for (const head of heads) {
      const block = before.get(head.version);
      if (block) decoded.set(head.version, block);
    }
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

  return () => {
    refresh();
    const changes = groupBy(pending.list(), (change) => blockOf(heads, change));
    return {
      // Before the first block is counted, one block holds the pending changes.
      length: Math.max(1, heads.length),
      at: (index) => ({ block: blockAt(index), changes: changes.get(index) ?? [] }),
      from: (index) => heads[index] ?? FIRST_KEY,
      to: (index) => heads[index + 1] ?? LAST_KEY,
      indexOf: (key) => blockOf(heads, key),
    };
  };
}
