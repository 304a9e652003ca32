import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neighbours, type Slice } from '../../src/http/paging.ts';

const pages = fc.record({
  offset: fc.nat(60),
  limit: fc.integer({ min: 1, max: 12 }),
  total: fc.nat(50),
});
const rowsOf = ({ offset, limit }: Slice, total: number) =>
  Array.from({ length: total }, (_, row) => row).slice(offset, offset + limit);

describe('the neighbours of a page', () => {
  it('do not overlap the page if the offset is no multiple of the limit', () => {
    expect(neighbours({ offset: 5, limit: 10, total: 30 })).toEqual({
      first: { offset: 0, limit: 10 },
      prev: { offset: 0, limit: 5 },
      next: { offset: 15, limit: 10 },
      last: { offset: 25, limit: 10 },
    });
    expect(neighbours({ offset: 25, limit: 10, total: 3 }).prev).toEqual({ offset: 0, limit: 5 });
  });

  it('have a limit of at least 1', () => {
    fc.assert(
      fc.property(pages, (page) => {
        for (const slice of Object.values(neighbours(page))) {
          if (slice) expect(slice.limit).toBeGreaterThanOrEqual(1);
        }
      }),
    );
  });

  it('visit every row once, backwards and forwards', () => {
    fc.assert(
      fc.property(pages, ({ offset, limit, total }) => {
        let visited = rowsOf({ offset, limit }, total);
        for (let prev = neighbours({ offset, limit, total }).prev; prev; ) {
          visited = [...rowsOf(prev, total), ...visited];
          prev = neighbours({ ...prev, total }).prev;
        }
        let lastPage: Slice = { offset, limit };
        for (let next = neighbours({ offset, limit, total }).next; next; ) {
          visited = [...visited, ...rowsOf(next, total)];
          lastPage = next;
          next = neighbours({ ...next, total }).next;
        }
        expect(visited).toEqual(Array.from({ length: total }, (_, row) => row));
        if (offset < total) expect(neighbours({ offset, limit, total }).last).toEqual(lastPage);
      }),
    );
  });
});
