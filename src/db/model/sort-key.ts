/** The position of a task in the order of its lists: an integer, then a text; the text is '' where ids alone order. */
export interface SortKey {
  position: number;
  tie: string;
}

/** Before and after every task. */
export const FIRST_KEY: SortKey = { position: Number.MIN_SAFE_INTEGER, tie: '' };
export const LAST_KEY: SortKey = { position: Number.MAX_SAFE_INTEGER, tie: '' };

/** Orders keys as the lists do: negative if `a` comes first. Ties are ASCII, so code units order them as bytes do. */
export function compareKeys(a: SortKey, b: SortKey): number {
  if (a.position !== b.position) return a.position - b.position;
  if (a.tie === b.tie) return 0;
  return a.tie < b.tie ? -1 : 1;
}

export const isBefore = (a: SortKey, b: SortKey): boolean => compareKeys(a, b) < 0;

/** Returns the index of the last of ascending starts that is at or before a key. The first start is `FIRST_KEY`. */
export function blockOf(starts: readonly SortKey[], key: SortKey): number {
  let [low, high] = [0, starts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const start = starts[middle];
    if (start && isBefore(key, start)) high = middle;
    else low = middle + 1;
  }
  return Math.max(0, low - 1);
}
