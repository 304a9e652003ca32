/** The place of a task in the list of all HDP tasks: its creation time in microseconds, then its uuid. */
export interface SortKey {
  position: number;
  tie: string;
}

/** Before and after every task. */
export const FIRST_KEY: SortKey = { position: Number.MIN_SAFE_INTEGER, tie: '' };
export const LAST_KEY: SortKey = { position: Number.MAX_SAFE_INTEGER, tie: '' };

export const isBefore = (a: SortKey, b: SortKey): boolean =>
  a.position === b.position ? a.tie < b.tie : a.position < b.position;

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
