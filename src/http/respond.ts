import type { Context, TypedResponse } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { JsonText } from '../json-text.ts';
import type { CachedResponse } from './cache/response-cache.ts';
import { type CacheHeaders, NO_STORE } from './cache-control.ts';
import { Problem } from './errors.ts';
import { etagOf } from './etag.ts';
import { JSON_TYPE, jsonBody } from './json-body.ts';
import { evaluatePreconditions } from './preconditions.ts';

/** What the listener hands to a request whose response may be cached. */
export interface CacheBindings {
  storeResponse?: (response: CachedResponse) => void;
}

export interface JsonOptions {
  cacheHeaders: CacheHeaders;
  /** Headers that belong to the response as its body does: the entity tag covers them. Names in lower case. */
  headers?: Record<string, string>;
  /** What the response was built from, if the response cache may hold it. */
  cache?: Pick<CachedResponse, 'scopes' | 'validUntil'>;
}

/**
 * Answers a GET with JSON that is already text and a strong ETag: 200, or 304 when the client has just that. Typed as
 * `c.json()` would be, so that `hc` clients see a `T`.
 * @throws Problem 412 for an `If-Match` that names other representations (contract C)
 */
export function json<T>(
  c: Context,
  text: JsonText<T>,
  { cacheHeaders, headers = {}, cache }: JsonOptions,
): Response & TypedResponse<T, 200, 'json'> {
  const body = Buffer.from(text);
  const etag = etagOf(body, headers);
  const own = {
    'content-type': JSON_TYPE,
    'content-length': String(body.length),
    ...cacheHeaders,
    ...headers,
  };
  if (cache) {
    const { storeResponse }: CacheBindings = c.env ?? {};
    storeResponse?.({ headers: own, etag, body, ...cache });
  }
  const result = evaluatePreconditions(c.req.raw.headers, { etag });
  if (result === 'failed') throw preconditionFailed();
  const response: Response =
    result === 'not-modified'
      ? c.body(null, 304, { ...cacheHeaders, etag })
      : c.body(body, 200, { ...own, etag });
  return typed(response);
}

/** The 412 of a conditional request. */
export const preconditionFailed = () =>
  new Problem('precondition_failed', 'What If-Match or If-Unmodified-Since requires does not hold.');

/** Answers with JSON that is already text and that no cache may hold; typed as with `json`. */
export function freshJson<T, Status extends ContentfulStatusCode = 200>(
  c: Context,
  text: JsonText<T>,
  status?: Status,
  headers: Record<string, string> = {},
): Response & TypedResponse<T, Status, 'json'> {
  return typed(jsonBody(c, text, status ?? 200, { ...NO_STORE, ...headers }));
}

/** Sound where a response has a `JsonText<T>` for its body, or none: that text parses to a `T`. */
const typed = <T, Status extends ContentfulStatusCode>(response: Response) =>
  response as Response & TypedResponse<T, Status, 'json'>;
