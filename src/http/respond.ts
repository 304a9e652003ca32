import type { Context, TypedResponse } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { JsonText } from '../json-text.ts';
import type { CachedResponse } from './cache/response-cache.ts';
import { type CacheHeaders, NO_STORE } from './cache-control.ts';
import { corsHeaders } from './cors.ts';
import { ApiError } from './errors.ts';
import { etagOf } from './etag.ts';
import { JSON_TYPE, jsonBody } from './json-body.ts';
import { evaluatePreconditions } from './preconditions.ts';
import { routeOf } from './route.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** The listener passes these bindings to the app if the response may be cached. */
export interface CacheBindings {
  storeResponse?: (response: CachedResponse) => void;
}

export interface JsonOptions {
  cacheHeaders: CacheHeaders;
  /** Headers that the entity tag covers like the body. Names in lower case. */
  headers?: Record<string, string>;
  /** The sources of the response, if the response cache may store it. */
  cache?: Pick<CachedResponse, 'scopes' | 'validFrom' | 'validUntil' | 'limitKey'>;
}

/**
 * Answers a GET with a JSON text and a strong ETag: 200, or 304 if the client already has this response. Typed like
 * `c.json()`, so that `hc` clients see a `T`.
 * @throws ApiError 412 if `If-Match` does not match (contract C)
 */
export function cacheableJson<T>(
  c: Context,
  text: JsonText<T>,
  { cacheHeaders, headers = {}, cache }: JsonOptions,
): Response & TypedResponse<T, 200, 'json'> {
  const body = Buffer.from(text);
  const etag = etagOf(body, headers);
  const ownHeaders = {
    'content-type': JSON_TYPE,
    'content-length': String(body.length),
    ...cacheHeaders,
    ...headers,
  };
  if (cache) {
    const { storeResponse }: CacheBindings = c.env ?? {};
    storeResponse?.({
      headers: { ...SECURITY_HEADERS, ...ownHeaders, ...corsHeaders(c) },
      etag,
      body,
      route: routeOf(c),
      ...cache,
    });
  }
  return typed(conditionalBody(c, body, { etag, headers: ownHeaders, cacheHeaders }));
}

/** The headers of a conditional response. Names in lower case. */
export interface ConditionalHeaders {
  /** A strong entity tag, with its quotes. */
  etag: string;
  /** All other headers of the 200. */
  headers: Record<string, string>;
  /** The headers of the 304. */
  cacheHeaders: CacheHeaders;
}

/**
 * Answers a GET with a body: 200, or 304 if the client already has it.
 * @throws ApiError 412 if `If-Match` does not match (contract C)
 */
export function conditionalBody(
  c: Context,
  body: Uint8Array<ArrayBuffer>,
  { etag, headers, cacheHeaders }: ConditionalHeaders,
): Response {
  const result = evaluatePreconditions(c.req.raw.headers, { etag });
  if (result === 'failed') throw preconditionFailed();
  return result === 'not-modified'
    ? c.body(null, 304, { ...cacheHeaders, etag })
    : c.body(body, 200, { ...headers, etag });
}

/** Returns the 412 of a conditional request. */
export const preconditionFailed = () =>
  new ApiError('precondition_failed', 'The precondition in If-Match or If-Unmodified-Since is not met.');

/** Answers with a JSON text that no cache may store. Typed like `cacheableJson`. */
export function uncachedJson<T, Status extends ContentfulStatusCode = 200>(
  c: Context,
  text: JsonText<T>,
  status?: Status,
  headers: Record<string, string> = {},
): Response & TypedResponse<T, Status, 'json'> {
  return typed(jsonBody(c, text, status ?? 200, { ...NO_STORE, ...headers }));
}

/** The cast is safe for a response whose body is a `JsonText<T>` or empty: the text parses to a `T`. */
const typed = <T, Status extends ContentfulStatusCode>(response: Response) =>
  response as Response & TypedResponse<T, Status, 'json'>;
