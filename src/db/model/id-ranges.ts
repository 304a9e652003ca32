/** Sets of ids as ranges `[first, last]`: most imports insert consecutive ids. */
export type IdRange = readonly [first: number, last: number];

/** Returns ids as ascending ranges. */
export function toRanges(ids: readonly number[]): IdRange[] {
  const ranges: [number, number][] = [];
  for (const id of ids.toSorted((a, b) => a - b)) {
    const range = ranges.at(-1);
    if (range && id === range[1] + 1) range[1] = id;
    else ranges.push([id, id]);
  }
  return ranges;
}

/**
 * Takes ids from the end of the ranges until `take` returns false.
 * @returns the remaining ranges, with the id that was not taken
 */
export function takeFromEnd(ranges: readonly IdRange[], take: (id: number) => boolean): IdRange[] {
  const remaining = [...ranges];
  for (let range = remaining.pop(); range; range = remaining.pop()) {
    const [first, last] = range;
    for (let id = last; id >= first; id -= 1) {
      if (take(id)) continue;
      remaining.push([first, id]);
      return remaining;
    }
  }
  return remaining;
}
