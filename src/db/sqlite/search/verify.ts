/** Compares the search blocks with the tasks. */

import type Database from 'better-sqlite3';
import { SearchBlockCounter } from '../../model/search-block-counter.ts';
import { createBlockReader } from './block-reader.ts';
import { createSearchBlocks } from './search-blocks.ts';

/** A search block whose counts differ from the tasks. The sizes can be equal while other counts differ. */
export interface BlockDifference {
  what: string;
  kept: number;
  actual: number;
}

/** Compares every block and its pending changes with the tasks, in the transaction of the caller. */
export function verifySearchBlocks(sqlite: Database.Database): BlockDifference[] {
  const blocks = createBlockReader(sqlite)();
  const { addTo, countBetween } = createSearchBlocks(sqlite);
  const differences: BlockDifference[] = [];
  for (let index = 0; index < blocks.length; index += 1) {
    const { block, changes } = blocks.at(index);
    const kept = new SearchBlockCounter(block);
    for (const change of changes) addTo(kept, change, change.change);
    const actual = countBetween(blocks.from(index), blocks.to(index));
    if (kept.equals(actual)) continue;
    const what = `search block ${index + 1} of ${blocks.length}`;
    differences.push({ what, kept: kept.size, actual: actual.size });
  }
  return differences;
}
