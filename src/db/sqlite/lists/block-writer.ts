import type Database from 'better-sqlite3';
import {
  applyChanges,
  BLOCK_SIZE,
  type Block,
  divideIntoBlocks,
  type KeyChange,
  maxBlockSize,
  netChanges,
} from '../../model/blocks.ts';
import { compareKeys, type SortKey } from '../../model/sort-key.ts';
import { createBlockTable } from './block-table.ts';
import { prepareListKeys } from './list-keys.ts';

/** Counts the changes of a list in its blocks, in the transaction that has changed the rows. */
export type WriteBlocks = (list: string, changes: readonly KeyChange[]) => void;

/** Prepares a function that writes changes of lists to their blocks. @param blockSize the rows of a full block */
export function prepareBlockWriter(sqlite: Database.Database, blockSize = BLOCK_SIZE): WriteBlocks {
  const table = createBlockTable(sqlite);
  const keys = prepareListKeys(sqlite);

  /** Writes a block that has grown too large as several full blocks. */
  function split(list: string, block: Block): void {
    let start = block.first;
    for (let remaining = block.size; remaining > 0; ) {
      const size = remaining > blockSize + blockSize / 2 ? blockSize : remaining;
      const next = size < remaining ? keys.after(list, start, size) : undefined;
      const last = next ? keys.after(list, start, size - 1) : block.last;
      if (!last)
        throw new Error(`The block of ${list} at ${start.position} has fewer rows than its size says.`);
      table.insert(list, { first: start, last, size: next ? size : remaining });
      if (!next) return;
      remaining -= size;
      start = next;
    }
  }

  function write(list: string, before: Block, after: Block): void {
    if (after.size === 0) table.remove(list, before.first);
    else if (after.size <= maxBlockSize(blockSize)) table.update(list, before.first, after);
    else {
      table.remove(list, before.first);
      split(list, after);
    }
  }

  const insertBlocks = (list: string, added: readonly KeyChange[]) => {
    for (const block of divideIntoBlocks(
      added.map(({ key }) => key),
      blockSize,
    ))
      table.insert(list, block);
  };

  /** Counts changes that all belong to one block. @param isLast true if no block follows */
  function countInBlock(list: string, block: Block, changes: readonly KeyChange[], isLast: boolean): void {
    const isFull = block.size >= blockSize;
    const before = isFull ? countWhile(changes, ({ key }) => compareKeys(key, block.first) < 0) : 0;
    const inside = isLast
      ? countWhile(changes, ({ key }) => compareKeys(key, block.last) <= 0)
      : changes.length;
    const room = isLast ? Math.max(0, blockSize - block.size - (inside - before)) : 0;
    const end = Math.min(changes.length, inside + room);
    insertBlocks(list, changes.slice(0, before));
    const inBlock = changes.slice(before, end);
    if (inBlock.length > 0) write(list, block, applyChanges(block, inBlock));
    insertBlocks(list, changes.slice(end));
  }

  return (list, changes) => {
    const net = netChanges(changes);
    for (let from = 0; from < net.length; ) {
      const start = net[from];
      if (!start) return;
      const block = table.containing(list, start.key) ?? table.first(list);
      if (!block) {
        insertBlocks(list, net.slice(from));
        return;
      }
      const { end, isLast } = changesOf(list, block, net, from);
      countInBlock(list, block, net.slice(from, end), isLast);
      from = end;
    }
  };

  /** Returns the end of the changes from `from` that belong to a block, and whether no block follows, if it was needed. */
  function changesOf(list: string, block: Block, net: readonly KeyChange[], from: number) {
    let next: SortKey | undefined;
    let isLast = false;
    let end = from;
    for (; end < net.length; end += 1) {
      const key = net[end]?.key;
      if (!key) break;
      if (compareKeys(key, block.last) <= 0 || isLast) continue;
      next ??= table.nextStart(list, block.first);
      if (next === undefined) isLast = true;
      else if (compareKeys(key, next) >= 0) break;
    }
    return { end, isLast };
  }
}

function countWhile(changes: readonly KeyChange[], matches: (change: KeyChange) => boolean): number {
  const end = changes.findIndex((change) => !matches(change));
  return end === -1 ? changes.length : end;
}
