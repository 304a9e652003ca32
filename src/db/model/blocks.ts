/**
 * Blocks: how totals stay exact and deep pages cheap. Every list is cut into blocks of some thousand rows in list order,
 * and the derived data has the first key, the last key and the size of each. A total is the sum of a list's sizes; a page
 * seeks to the block that it begins in and skips the few rows before it there. A row belongs to the last block that begins
 * at or before it. Rows beyond the end of a full last block, or before a full first block, begin new blocks, so that tasks
 * that arrive in order fill blocks one after the other. A block that grows in the middle past `maxBlockSize` is split
 * when it is written; one without rows is removed.
 */
import { compareKeys, type SortKey } from './sort-key.ts';

export interface Block {
  /** Where the block begins; no row of the list lies between the previous block's last row and this key. */
  first: SortKey;
  /** No row of the block lies beyond this key. */
  last: SortKey;
  size: number;
}

/** One row that comes into a list or leaves it. */
export interface KeyChange {
  key: SortKey;
  by: 1 | -1;
}

/** Rows of a full block: a page skips at most about twice as many index entries. */
export const BLOCK_SIZE = 4096;

/** Returns the size past which a block is split. */
export const maxBlockSize = (blockSize: number): number => 2 * blockSize;

/** Returns the changes in list order; changes that cancel each other are left out. */
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
    // A key is in a list once at most, so the sum is -1, 0 or 1.
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

/** Returns a block with changes to it counted. */
export function changedBlock(block: Block, changes: readonly KeyChange[]): Block {
  let { first, last, size } = block;
  for (const { key, by } of changes) {
    size += by;
    if (by < 0) continue;
    if (compareKeys(key, first) < 0) first = key;
    if (compareKeys(key, last) > 0) last = key;
  }
  return { first, last, size };
}

/** Returns the blocks of rows that lie together in the order, from their keys. */
export function blocksOf(keys: readonly SortKey[], blockSize: number): Block[] {
  const blocks: Block[] = [];
  for (let from = 0; from < keys.length; from += blockSize) {
    const to = Math.min(from + blockSize, keys.length);
    const [first, last] = [keys[from], keys[to - 1]];
    if (first && last) blocks.push({ first, last, size: to - from });
  }
  return blocks;
}
