/**
 * List blocks keep totals exact and deep pages cheap. Every list is divided into blocks of about 4096 rows in list order.
 * The derived data stores the first key, the last key and the size of each block. A total is the sum of the sizes. A page
 * seeks to its first block and skips the rows before it in that block.
 *
 * A row belongs to the last block that begins at or before it. Rows after a full last block, or before a full first block,
 * begin new blocks, so that tasks that arrive in order fill one block after the other. A block that grows past
 * `maxBlockSize` is split when it is written. An empty block is removed.
 */
import { compareKeys, type SortKey } from './sort-key.ts';

export interface Block {
  /** The block begins here. No row lies between the last row of the previous block and this key. */
  first: SortKey;
  /** No row of the block is after this key. */
  last: SortKey;
  size: number;
}

/** A row that is added to a list (1) or removed from it (-1). */
export interface KeyChange {
  key: SortKey;
  by: 1 | -1;
}

/** The rows of a full block. A page skips at most about twice as many index entries. */
export const BLOCK_SIZE = 4096;

/** Returns the size past which a block is split. */
export const maxBlockSize = (blockSize: number): number => 2 * blockSize;

/** Returns the changes in list order, without changes that cancel each other. */
export function netChanges(changes: readonly KeyChange[]): KeyChange[] {
  if (changes.length === 1) return [...changes];
  const sorted = isSorted(changes) ? changes : [...changes].sort((a, b) => compareKeys(a.key, b.key));
  const net: KeyChange[] = [];
  for (let from = 0; from < sorted.length; ) {
    const first = sorted[from];
    if (!first) break;
    let sum = 0;
    for (; from < sorted.length; from += 1) {
      const change = sorted[from];
      if (!change || compareKeys(change.key, first.key) !== 0) break;
      sum += change.by;
    }
    // A key is in a list at most once, so the sum is -1, 0 or 1.
    if (sum !== 0) net.push({ key: first.key, by: sum > 0 ? 1 : -1 });
  }
  return net;
}

function isSorted(changes: readonly KeyChange[]): boolean {
  return changes.every((change, index) => {
    const previous = changes[index - 1];
    return previous === undefined || compareKeys(previous.key, change.key) <= 0;
  });
}

/** Returns a block after changes. */
export function applyChanges(block: Block, changes: readonly KeyChange[]): Block {
  let { first, last, size } = block;
  for (const { key, by } of changes) {
    size += by;
    if (by < 0) continue;
    if (compareKeys(key, first) < 0) first = key;
    if (compareKeys(key, last) > 0) last = key;
  }
  return { first, last, size };
}

/** Divides consecutive keys into full blocks; the last block may be smaller. */
export function divideIntoBlocks(keys: readonly SortKey[], blockSize: number): Block[] {
  const blocks: Block[] = [];
  for (let from = 0; from < keys.length; from += blockSize) {
    const to = Math.min(from + blockSize, keys.length);
    const [first, last] = [keys[from], keys[to - 1]];
    if (first && last) blocks.push({ first, last, size: to - from });
  }
  return blocks;
}
