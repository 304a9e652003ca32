import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeFromEnd, toRanges } from '../../../src/db/model/id-ranges.ts';

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 40 }));

describe('ranges of ids', () => {
  it('store the ids in as few ranges as possible', () => {
    expect(toRanges([5, 1, 2, 9, 3, 6])).toEqual([
      [1, 3],
      [5, 6],
      [9, 9],
    ]);
  });

  it('return each id once, highest first, also in several calls', () => {
    fc.assert(
      fc.property(ids, fc.integer({ min: 1, max: 5 }), (some, atOnce) => {
        const taken: number[] = [];
        for (let ranges = toRanges(some); ranges.length > 0; ) {
          const end = taken.length + atOnce;
          ranges = takeFromEnd(ranges, (id) => taken.length < end && taken.push(id) > 0);
        }
        expect(taken).toEqual(some.toSorted((a, b) => b - a));
      }),
    );
  });
});
