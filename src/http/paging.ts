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

/** The offsets of the pages around one page. */
export interface Neighbours {
  first: number;
  prev: number | undefined;
  next: number | undefined;
  last: number;
}

/**
 * The neighbours of the page at `offset` in a list of `total`. `last` is where following `next` ends; from beyond
 * the end, `prev` leads back to it.
 */
export function neighbours({
  offset,
  limit,
  total,
}: {
  offset: number;
  limit: number;
  total: number;
}): Neighbours {
  const phase = offset % limit;
  const last = total > phase ? phase + Math.floor((total - 1 - phase) / limit) * limit : 0;
  return {
    first: 0,
    prev: offset > 0 ? Math.max(0, Math.min(offset - limit, last)) : undefined,
    next: offset + limit < total ? offset + limit : undefined,
    last,
  };
}

/** The links to a page's neighbours; `query` writes the query that asks for the page at an offset. */
export function pageLinks(around: Neighbours, query: (offset: number) => URLSearchParams): PageLinks {
  const links = [];
  for (const rel of ['first', 'prev', 'next', 'last'] as const) {
    const offset = around[rel];
    if (offset !== undefined) links.push([rel, query(offset)] as const);
  }
  return links;
}
