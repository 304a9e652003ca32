import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNumberSet } from '../../src/lib/number-set.ts';

describe('a set of numbers', () => {
  it('contains the same numbers as a Set', () => {
    const number = fc.oneof(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    );
    fc.assert(
      fc.property(fc.array(number), (numbers) => {
        const [set, model] = [createNumberSet(), new Set<number>()];
        for (const one of numbers) {
          expect(set.add(one)).toBe(!model.has(one));
          model.add(one);
        }
      }),
    );
  });

  it('keeps its numbers while it grows', () => {
    const set = createNumberSet();
    const numbers = Array.from({ length: 5000 }, (_, n) => 1 + n * 2 ** 40);
    for (const pass of [true, false]) {
      expect(numbers.filter((number) => set.add(number) !== pass)).toEqual([]);
    }
  });
});
