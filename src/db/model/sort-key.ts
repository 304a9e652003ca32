/** The sort key of a task in its lists: an integer, then a text. The text is '' for lists that are ordered by id. */
export interface SortKey {
  position: number;
  tie: string;
}

/** Keys before and after those of all tasks. */
export const FIRST_KEY: SortKey = { position: Number.MIN_SAFE_INTEGER, tie: '' };
export const LAST_KEY: SortKey = { position: Number.MAX_SAFE_INTEGER, tie: '' };

/** Compares keys in list order; negative if `a` comes first. Ties are ASCII, so their code units sort like their bytes. */
export function compareKeys(a: SortKey, b: SortKey): number {
  if (a.position !== b.position) return a.position - b.position;
  if (a.tie === b.tie) return 0;
  return a.tie < b.tie ? -1 : 1;
}

export const isBefore = (a: SortKey, b: SortKey): boolean => compareKeys(a, b) < 0;

/** Returns the index of the block that a key belongs to. @param starts the first keys of all blocks, ascending */
export function blockIndexOf(starts: readonly SortKey[], key: SortKey): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const start = starts[middle];
    if (start && isBefore(key, start)) high = middle;
    else low = middle + 1;
  }
  return Math.max(0, low - 1);
}
