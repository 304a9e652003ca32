import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createNumberSet } from '../../src/lib/number-set.ts';

describe('a set of numbers', () => {
  it('has the same members as a Set', () => {
    const number = fc.oneof(
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    );
    fc.assert(
      fc.property(fc.array(number), (numbers) => {
        const [set, model] = [createNumberSet(), new Set<number>()];
        for (const value of numbers) {
          expect(set.add(value)).toBe(!model.has(value));
          model.add(value);
        }
      }),
    );
  });

  it('keeps its members while it grows', () => {
    const set = createNumberSet();
    const numbers = Array.from({ length: 5000 }, (_, n) => 1 + n * 2 ** 40);
    for (const isNew of [true, false]) {
      expect(numbers.filter((number) => set.add(number) !== isNew)).toEqual([]);
    }
  });
});
