/** A rel of RFC 8288 and the query that asks for that page, in the order in which they are written. */
export type PageLinks = readonly (readonly [
  rel: 'first' | 'prev' | 'next' | 'last',
  query: URLSearchParams,
])[];

/** Clients refuse headers beyond some 16 kB in all; a filter that long is no reason to lose the whole answer. */
const LONGEST_LINK = 8192;

/**
 * A `Link` header (RFC 8288) with references relative to the host, so that it holds behind any proxy; none when the
 * question is so long that clients would refuse the header.
 */
export function linkHeader(path: string, links: PageLinks): Record<string, string> {
  const value = links.map(([rel, query]) => `<${path}?${query}>; rel="${rel}"`).join(', ');
  return value.length <= LONGEST_LINK ? { link: value } : {};
}

export interface Slice {
  offset: number;
  limit: number;
}

/** The pages around one page. */
export interface Neighbours {
  first: Slice;
  prev: Slice | undefined;
  next: Slice | undefined;
  last: Slice;
}

/**
 * The neighbours of the page at `offset` in a list of `total`. `prev` ends where the page begins, so it may be shorter than
 * `limit` at the beginning of the list; from beyond the end it leads back to the last page. `last` is where following `next`
 * ends.
 */
export function neighbours({ offset, limit, total }: Slice & { total: number }): Neighbours {
  const phase = offset % limit;
  const head = { offset: 0, limit: phase === 0 ? limit : phase };
  const pages = Math.floor((total - 1 - phase) / limit);
  const last = total > phase ? { offset: phase + pages * limit, limit } : head;
  const before = offset >= limit ? { offset: offset - limit, limit } : head;
  return {
    first: { offset: 0, limit },
    prev: offset === 0 ? undefined : before.offset > last.offset ? last : before,
    next: offset + limit < total ? { offset: offset + limit, limit } : undefined,
    last,
  };
}

/** The links to a page's neighbours; `query` writes the query that asks for a slice. */
export function pageLinks(around: Neighbours, query: (slice: Slice) => URLSearchParams): PageLinks {
  const links = [];
  for (const rel of ['first', 'prev', 'next', 'last'] as const) {
    const slice = around[rel];
    if (slice !== undefined) links.push([rel, query(slice)] as const);
  }
  return links;
}
