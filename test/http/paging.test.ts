import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkHeader, neighbours, pageLinks, type Slice } from '../../src/http/paging.ts';

const pages = fc.record({
  offset: fc.nat(60),
  limit: fc.integer({ min: 1, max: 12 }),
  total: fc.nat(50),
});
const rowsOf = ({ offset, limit }: Slice, total: number) =>
  Array.from({ length: total }, (_, row) => row).slice(offset, offset + limit);

describe('the Link header', () => {
  it('has references that keep the host and any path prefix of the request', () => {
    const links = pageLinks(
      neighbours({ offset: 0, limit: 2, total: 6 }),
      ({ offset }) => new URLSearchParams({ q: 'é >&', offset: String(offset) }),
    );
    const { link = '' } = linkHeader(links);
    const next = /<([^>]*)>; rel="next"/.exec(link)?.[1] ?? '';
    for (const base of [
      'http://hdp.test/tasks',
      'https://proxy.test/a/b/tasks',
      'http://hdp.test/tasks?x=1#y',
    ]) {
      const { origin, pathname, searchParams } = new URL(next, base);
      expect(origin + pathname).toBe(base.replace(/[?#].*/, ''));
      expect([...searchParams]).toEqual([
        ['q', 'é >&'],
        ['offset', '2'],
      ]);
    }
  });
});

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
