import { createMiddleware } from 'hono/factory';

/** The headers by which a response tells caches what to do with it (contract C). Names in lower case. */
export interface CacheHeaders {
  'cache-control': string;
  vary?: string;
}

/** For writes, errors and what carries a secret. */
export const NO_STORE = { 'cache-control': 'no-store' } as const;

/** @param decisive names of the request headers that determine a response */
export function cacheHeaders(cacheControl: string, decisive: readonly string[]): CacheHeaders {
  return decisive.length === 0
    ? { 'cache-control': cacheControl }
    : { 'cache-control': cacheControl, vary: decisive.join(', ') };
}

/**
 * Sets the cache headers of every response that a router sends, which a handler or an error may override: `read` for GET
 * and HEAD, `write` for other methods.
 */
export const createCacheControl = (read: CacheHeaders, write: CacheHeaders) =>
  createMiddleware(async function cacheControl(c, next) {
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
    for (const [name, value] of Object.entries(isRead ? read : write)) c.header(name, value);
    await next();
  });
