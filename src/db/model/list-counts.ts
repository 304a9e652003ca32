/** Compares the sizes of blocks with the tasks, for `verify`. */
import type { Difference } from '../store.ts';
import { blockIndexOf, compareKeys, type SortKey } from './sort-key.ts';

export interface StoredBlock extends SortKey {
  list: string;
  size: number;
}

interface ListCounts {
  starts: SortKey[];
  stored: number[];
  actual: number[];
  /** The index of the block of the last member. */
  block: number;
}

/** @param blocks in the order of their lists and first keys */
export function createListCounts(blocks: Iterable<StoredBlock>) {
  const lists = new Map<string, ListCounts>();
  /** The number of members that no block covers, by list. */
  const uncovered = new Map<string, number>();
  for (const { list: name, position, tie, size } of blocks) {
    const list = lists.get(name) ?? { starts: [], stored: [], actual: [], block: 0 };
    list.starts.push({ position, tie });
    list.stored.push(size);
    list.actual.push(0);
    lists.set(name, list);
  }

  const addUncovered = (name: string, by: number) => uncovered.set(name, (uncovered.get(name) ?? 0) + by);

  return {
    /** Counts a task of a list. Tasks must come in list order. */
    count(name: string, key: SortKey): void {
      if (!countMember(lists.get(name), key)) addUncovered(name, 1);
    },
    /** Counts a task that entered (1) or left (-1) the list after the blocks were written. */
    countPending(name: string, key: SortKey, change: number): void {
      const list = lists.get(name);
      const [start] = list?.starts ?? [];
      if (!list || !start || compareKeys(key, start) < 0) addUncovered(name, -change);
      else {
        const block = blockIndexOf(list.starts, key);
        list.actual[block] = (list.actual[block] ?? 0) - change;
      }
    },
    /** Returns a difference for each wrong list. */
    differences(): Difference[] {
      const differences: Difference[] = [];
      for (const [name, list] of lists) {
        const extra = uncovered.get(name) ?? 0;
        if (extra === 0 && list.stored.every((size, block) => size === list.actual[block])) continue;
        differences.push({ what: name, kept: sum(list.stored), actual: sum(list.actual) + extra });
      }
      for (const [name, actual] of uncovered) {
        if (!lists.has(name) && actual !== 0) differences.push({ what: name, kept: 0, actual });
      }
      return differences;
    },
  };
}

/** Counts a member in its block. @returns false if no block begins at or before it */
function countMember(list: ListCounts | undefined, key: SortKey): boolean {
  const [start] = list?.starts ?? [];
  if (!list || !start || compareKeys(key, start) < 0) return false;
  for (
    let next = list.starts[list.block + 1];
    next && compareKeys(key, next) >= 0;
    next = list.starts[list.block + 1]
  ) {
    list.block += 1;
  }
  list.actual[list.block] = (list.actual[list.block] ?? 0) + 1;
  return true;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
