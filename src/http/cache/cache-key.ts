import type { IncomingMessage } from 'node:http';

/** The cache key of a request, and the headers that are needed to send a cached response. */
export interface CacheKey {
  /** Request target, key headers and, with X-Forwarded-Host, the peer's address; byte for byte as received. */
  key: string;
  host?: string;
  /** Repeated header lines are joined with a comma, as Node joins them. */
  ifNoneMatch?: string;
  requestId?: string;
}

/** Preconditions that the cache does not evaluate. */
const UNCACHED_HEADERS = ['if-match', 'if-unmodified-since'];

const SLASH_CODE = 47;

/**
 * Creates a function that reads the cache key of a request. It returns undefined for a request that bypasses the cache:
 * a method other than GET, an absolute-form target, or a precondition such as If-Match (RFC 9110, 13.1.1).
 * @param keyHeaders lower-case names of the request headers that are part of the key, such as `host`
 */
export function createCacheKeyReader(keyHeaders: readonly string[]) {
  const keyHeaderNames = new Set(keyHeaders);
  const lengths = new Set(
    [...keyHeaders, ...UNCACHED_HEADERS, 'if-none-match', 'x-request-id'].map(({ length }) => length),
  );

  return function cacheKeyOf({
    method,
    url = '',
    rawHeaders,
    socket,
  }: IncomingMessage): CacheKey | undefined {
    if (method !== 'GET' || url.charCodeAt(0) !== SLASH_CODE) return undefined;
    // `headers` is built on first access, which would cost as much as the rest of this function.
    const cacheKey: CacheKey = { key: url };
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] ?? '';
      if (!lengths.has(name.length)) continue;
      const lower = name.toLowerCase();
      const value = rawHeaders[i + 1] ?? '';
      if (UNCACHED_HEADERS.includes(lower)) return undefined;
      if (keyHeaderNames.has(lower)) cacheKey.key += `\n${lower}:${value}`;
      // X-Forwarded-Host counts only if the peer is a trusted proxy.
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
