/** The relations of a Link header (RFC 8288) with the query of each page, in output order. */
export type PageLinks = readonly (readonly [
  rel: 'first' | 'prev' | 'next' | 'last',
  query: URLSearchParams,
])[];

/** Many clients limit all headers together to about 16 kB. */
const MAX_LINK_LENGTH = 8192;

/**
 * Returns a `Link` header (RFC 8288). Each reference is a query alone, which is relative to the URL of the request, so that
 * it is valid behind any proxy, also under a path prefix. Returns no header if it would be too long for clients.
 */
export function linkHeader(links: PageLinks): Record<string, string> {
  const value = links.map(([rel, query]) => `<?${query}>; rel="${rel}"`).join(', ');
  return value.length <= MAX_LINK_LENGTH ? { link: value } : {};
}

export interface Slice {
  offset: number;
  limit: number;
}

/** The pages that a Link header names. */
export interface Neighbours {
  first: Slice;
  prev: Slice | undefined;
  next: Slice | undefined;
  last: Slice;
}

/**
 * Returns the neighbours of the page at `offset` in a list of `total`. `prev` ends where the page begins, so it may be
 * shorter than `limit` at the start of the list. Past the end of the list, `prev` is the last page. Repeated `next` ends
 * at `last`.
 */
export function neighbours({ offset, limit, total }: Slice & { total: number }): Neighbours {
  // Pages begin at `remainder` plus multiples of `limit`; a shorter page may come before them.
  const remainder = offset % limit;
  const head = { offset: 0, limit: remainder === 0 ? limit : remainder };
  const pages = Math.floor((total - 1 - remainder) / limit);
  const last = total > remainder ? { offset: remainder + pages * limit, limit } : head;
  const before = offset >= limit ? { offset: offset - limit, limit } : head;
  return {
    first: { offset: 0, limit },
    prev: offset === 0 ? undefined : before.offset > last.offset ? last : before,
    next: offset + limit < total ? { offset: offset + limit, limit } : undefined,
    last,
  };
}

/** Returns the links to the neighbours of a page. @param query returns the query string of a slice */
export function pageLinks(around: Neighbours, query: (slice: Slice) => URLSearchParams): PageLinks {
  const links = [];
  for (const rel of ['first', 'prev', 'next', 'last'] as const) {
    const slice = around[rel];
    if (slice !== undefined) links.push([rel, query(slice)] as const);
  }
  return links;
}
