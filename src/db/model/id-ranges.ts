/** Sets of ids as ranges `[first, last]`, since most imports insert ids that follow each other. */
export type IdRange = readonly [first: number, last: number];

/** Returns the ranges of some ids, ascending. */
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
 * Takes ids from the end of some ranges until `take` returns false, which leaves the id.
 * @returns the ranges that are left
 */
export function takeFromEnd(ranges: readonly IdRange[], take: (id: number) => boolean): IdRange[] {
  const left = [...ranges];
  for (let range = left.pop(); range; range = left.pop()) {
    const [first, last] = range;
    for (let id = last; id >= first; id -= 1) {
      if (take(id)) continue;
      left.push([first, id]);
      return left;
    }
  }
  return left;
}
