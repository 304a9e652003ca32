import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Answers with JSON text, its length (which HEAD needs), and `headers`. */
export function jsonBody(
  c: Context,
  body: string,
  status: ContentfulStatusCode,
  headers: Record<string, string> = {},
): Response {
  return c.body(body, status, {
    'Content-Type': JSON_TYPE,
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  });
}
