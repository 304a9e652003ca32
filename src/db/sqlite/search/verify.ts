/** Compares the search blocks with the tasks. */

import type Database from 'better-sqlite3';
import { SearchBlockCounter } from '../../model/search-block-counter.ts';
import type { Difference } from '../../store.ts';
import { createBlockReader } from './block-reader.ts';
import { createSearchBlocks } from './search-blocks.ts';

/**
 * Compares every block, with its pending changes, with the tasks, in the caller's transaction. The sizes of a difference can
 * be equal: other counts of the block differ then.
 */
export function verifySearchBlocks(sqlite: Database.Database): Difference[] {
  const blocks = createBlockReader(sqlite)();
  const { addTo, countBetween } = createSearchBlocks(sqlite);
  const differences: Difference[] = [];
  for (let index = 0; index < blocks.length; index += 1) {
    const { block, changes } = blocks.at(index);
    const stored = new SearchBlockCounter(block);
    for (const change of changes) addTo(stored, change, change.change);
    const actual = countBetween(blocks.from(index), blocks.to(index));
    if (stored.equals(actual)) continue;
    const what = `search block ${index + 1} of ${blocks.length}`;
    differences.push({ what, kept: stored.size, actual: actual.size });
  }
  return differences;
}
