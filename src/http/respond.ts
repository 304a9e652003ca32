import type { Context, TypedResponse } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { JsonText } from '../json-text.ts';

/** What the text of a `T` is once a client has parsed it. */
type Answer<T> = TypedResponse<T, 200, 'json'>;

/**
 * Answers 200 with JSON that is already text. Typed as `c.json()` would be, so that `hc` clients see a `T`: the
 * cast is sound because a `JsonText<T>` parses to a `T`.
 */
export function json<T>(
  c: Context,
  body: JsonText<T>,
  headers: Record<string, string> = {},
): Response & Answer<T> {
  return jsonBody(c, body, 200, headers) as Response & Answer<T>;
}

/** Answers with JSON text, its length (which HEAD needs), and `headers`. */
export function jsonBody(
  c: Context,
  body: string,
  status: ContentfulStatusCode,
  headers: Record<string, string> = {},
): Response {
  return c.body(body, status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  });
}
