import type { IncomingMessage } from 'node:http';

/** What determines the response to a request, and the headers that decide how a cached response is sent. */
export interface CacheKey {
  /** Target, deciding headers and, where a forwarded host may count, the peer's address; byte for byte as received. */
  key: string;
  host?: string;
  /** Several header lines of one name are joined as Node joins them. */
  ifNoneMatch?: string;
  requestId?: string;
}

/** A request with one of these needs more than a comparison of entity tags; they never come with a poll. */
const UNCACHED_HEADERS = ['if-match', 'if-unmodified-since'];

const SLASH = 47;

/**
 * Creates the function that reads the cache key of a request. It returns undefined for a request that must not be
 * answered from the cache: a method other than GET, an absolute-form target, or a precondition (RFC 9110, 13.1.1).
 * @param decidingHeaders lower-case names of the request headers that, beside the target, determine a response
 */
export function createCacheKeyReader(decidingHeaders: readonly string[]) {
  const deciding = new Set(decidingHeaders);
  const lengths = new Set(
    [...decidingHeaders, ...UNCACHED_HEADERS, 'if-none-match', 'x-request-id'].map(({ length }) => length),
  );

  return function cacheKeyOf({
    method,
    url = '',
    rawHeaders,
    socket,
  }: IncomingMessage): CacheKey | undefined {
    if (method !== 'GET' || url.charCodeAt(0) !== SLASH) return undefined;
    // Raw headers, because the object that Node builds from them costs as much as the rest of this function.
    const cacheKey: CacheKey = { key: url };
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] ?? '';
      if (!lengths.has(name.length)) continue;
      const lower = name.toLowerCase();
      const value = rawHeaders[i + 1] ?? '';
      if (UNCACHED_HEADERS.includes(lower)) return undefined;
      if (deciding.has(lower)) cacheKey.key += `\n${lower}:${value}`;
      // Whether a forwarded host counts depends on the peer that forwards it.
      if (lower === 'x-forwarded-host') cacheKey.key += `\n${socket.remoteAddress}`;
      else if (lower === 'host') cacheKey.host ??= value;
      else if (lower === 'if-none-match') cacheKey.ifNoneMatch = joined(cacheKey.ifNoneMatch, value);
      else if (lower === 'x-request-id') cacheKey.requestId = joined(cacheKey.requestId, value);
    }
    return cacheKey;
  };
}

const joined = (before: string | undefined, value: string) =>
  before === undefined ? value : `${before}, ${value}`;
