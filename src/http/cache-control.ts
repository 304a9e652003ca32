import { createMiddleware } from 'hono/factory';

/** The response headers that control caches (contract C). Names in lower case. */
export interface CacheHeaders {
  'cache-control': string;
  vary?: string;
}

/** For writes, errors and responses that contain a secret. */
export const NO_STORE = { 'cache-control': 'no-store' } as const;

/** Returns cache headers. @param vary names of the request headers that determine the response */
export function cacheHeaders(cacheControl: string, vary: readonly string[]): CacheHeaders {
  return vary.length === 0
    ? { 'cache-control': cacheControl }
    : { 'cache-control': cacheControl, vary: vary.join(', ') };
}

/**
 * Sets the cache headers of every response of a router: `read` for GET and HEAD, `write` for other methods. A handler or
 * an error may override them.
 */
export const createCacheControl = (read: CacheHeaders, write: CacheHeaders) =>
  createMiddleware(async function cacheControl(c, next) {
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
    for (const [name, value] of Object.entries(isRead ? read : write)) c.header(name, value);
    await next();
  });
