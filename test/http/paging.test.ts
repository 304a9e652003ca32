import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neighbours, type Slice } from '../../src/http/paging.ts';

const questions = fc.record({
  offset: fc.nat(60),
  limit: fc.integer({ min: 1, max: 12 }),
  total: fc.nat(50),
});
const rowsOf = ({ offset, limit }: Slice, total: number) =>
  Array.from({ length: total }, (_, row) => row).slice(offset, offset + limit);

describe('the neighbours of a page', () => {
  it('of an offset that is no multiple of the limit end where the page begins', () => {
    expect(neighbours({ offset: 5, limit: 10, total: 30 })).toEqual({
      first: { offset: 0, limit: 10 },
      prev: { offset: 0, limit: 5 },
      next: { offset: 15, limit: 10 },
      last: { offset: 25, limit: 10 },
    });
    expect(neighbours({ offset: 25, limit: 10, total: 3 }).prev).toEqual({ offset: 0, limit: 5 });
  });

  it('are 1 row at least, whatever is asked', () => {
    fc.assert(
      fc.property(questions, (question) => {
        for (const slice of Object.values(neighbours(question))) {
          if (slice) expect(slice.limit).toBeGreaterThanOrEqual(1);
        }
      }),
    );
  });

  it('lead through every row once, backwards and forwards', () => {
    fc.assert(
      fc.property(questions, ({ offset, limit, total }) => {
        let seen = rowsOf({ offset, limit }, total);
        for (let prev = neighbours({ offset, limit, total }).prev; prev; ) {
          seen = [...rowsOf(prev, total), ...seen];
          prev = neighbours({ ...prev, total }).prev;
        }
        let end: Slice = { offset, limit };
        for (let next = neighbours({ offset, limit, total }).next; next; ) {
          seen = [...seen, ...rowsOf(next, total)];
          end = next;
          next = neighbours({ ...next, total }).next;
        }
        expect(seen).toEqual(Array.from({ length: total }, (_, row) => row));
        if (offset < total) expect(neighbours({ offset, limit, total }).last).toEqual(end);
      }),
    );
  });
});
