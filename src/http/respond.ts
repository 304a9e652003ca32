import type { Context, TypedResponse } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { JsonText } from '../json-text.ts';
import { etagOf, matchesEtag } from './etag.ts';
import type { Answer } from './kept-answers.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

/** What the text of a `T` is once a client has parsed it. */
type TypedAnswer<T> = TypedResponse<T, 200, 'json'>;

/** What the server hands to a request whose answer it may keep (kept-answers.ts). */
export interface Keeping {
  keep?: (answer: Answer) => void;
}

/** An answer's own headers, and when it may be sent again: while nothing in the scopes changes, and before a time. */
type Resting = Pick<Answer, 'scopes' | 'validUntil'> & Partial<Pick<Answer, 'headers'>>;

/**
 * Answers 200 with JSON that is already text, or 304 when the client has just that (strong `ETag`). Typed as `c.json()`
 * would be, so that `hc` clients see a `T`.
 * @param resting what it rests on, and headers beside its own
 */
export function json<T>(
  c: Context,
  text: JsonText<T>,
  { headers = {}, scopes, validUntil }: Resting,
): Response & TypedAnswer<T> {
  const body = Buffer.from(text);
  const etag = etagOf(body);
  const own = { 'Content-Type': JSON_TYPE, 'Content-Length': String(body.length), ...headers };
  const { keep }: Keeping = c.env ?? {};
  keep?.({ headers: own, etag, body, scopes, validUntil });
  const known = c.req.header('If-None-Match');
  const response: Response =
    known !== undefined && matchesEtag(known, etag)
      ? c.body(null, 304, { ETag: etag })
      : c.body(body, 200, { ...own, ETag: etag });
  return typed(response);
}

/** Answers with JSON that is already text and may not be kept; typed as with `json`. */
export function freshJson<T, Status extends ContentfulStatusCode = 200>(
  c: Context,
  text: JsonText<T>,
  status?: Status,
  headers: Record<string, string> = {},
): Response & TypedResponse<T, Status, 'json'> {
  return typed(jsonBody(c, text, status ?? 200, headers));
}

/** Sound where a response has a `JsonText<T>` for its body, or none: that text parses to a `T`. */
const typed = <T, Status extends ContentfulStatusCode>(response: Response) =>
  response as Response & TypedResponse<T, Status, 'json'>;

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
