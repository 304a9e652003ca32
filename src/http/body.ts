import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { every } from 'hono/combine';
import { createMiddleware } from 'hono/factory';
import { memberTexts, UnsupportedJsonError } from '../json-text.ts';
import { isAborted, RequestAbortedError } from './aborted.ts';
import { ApiError } from './errors.ts';

export const MAX_BODY_BYTES = 1024 * 1024;

const isJson = /^application\/([a-z0-9!#$&^_.+-]+\+)?json\s*(;|$)/i;

/**
 * Rejects a POST whose body has a content coding such as gzip. No route decodes one. `identity` is accepted, and a
 * Content-Encoding without a body is ignored.
 * @throws ApiError 415
 */
export const rejectEncodedBody = createMiddleware<{ Bindings: Partial<HttpBindings> }>(
  async function rejectEncodedBody(c, next) {
    const codings = (c.req.header('Content-Encoding') ?? '').toLowerCase().split(',');
    const isEncoded = codings.some((coding) => !['', 'identity'].includes(coding.trim()));
    if (isEncoded && c.req.method === 'POST' && hasBody(c)) {
      if (c.env?.incoming) await discard(c.env.incoming);
      throw new ApiError(
        'unsupported_media_type',
        'The body must be sent as it is, without Content-Encoding.',
        { 'Accept-Encoding': 'identity', Connection: 'close' },
      );
    }
    await next();
  },
);

function hasBody(c: Context<{ Bindings: Partial<HttpBindings> }>): boolean {
  if (c.req.header('Transfer-Encoding') !== undefined) return true;
  const length = c.req.header('Content-Length');
  if (length !== undefined) return Number(length) !== 0;
  // An HTTP/1 request with a body has one of the two headers; a request without a connection may have neither.
  return c.env?.incoming === undefined && c.req.raw.body !== null;
}

/** Requires a JSON body of at most `MAX_BODY_BYTES` in UTF-8. `validate('json', …)` must follow. @throws ApiError */
export const requireJson = every(
  createMiddleware(async function abortable(c, next) {
    try {
      await next();
    } catch (error) {
      // Only errors of reading the body arrive here: Hono passes errors of handlers to `onError`.
      throw isAborted(c) ? new RequestAbortedError() : error;
    }
  }),
  createMiddleware<{ Bindings: Partial<HttpBindings> }>(async function requireJson(c, next) {
    if (Number(c.req.header('Content-Length')) > MAX_BODY_BYTES) {
      if (c.env?.incoming) await discard(c.env.incoming);
      throw tooLarge();
    }
    if (!isJson.test(c.req.header('Content-Type') ?? '')) {
      throw new ApiError('invalid_parameters', 'The body must be JSON, with Content-Type: application/json.');
    }
    await next();
  }),
  createMiddleware(async function limited(c, next) {
    // Node checks the length of such a body, so the slower bodyLimit is not needed.
    const hasKnownLength =
      c.req.header('Content-Length') !== undefined && c.req.header('Transfer-Encoding') === undefined;
    return hasKnownLength ? next() : limitStream(c, next);
  }),
  createMiddleware(async function isUtf8Text(c, next) {
    const bytes = Buffer.from(await c.req.arrayBuffer());
    // Decoding would replace invalid bytes with U+FFFD.
    if (!isUtf8(bytes)) throw new ApiError('invalid_parameters', 'The body must be UTF-8.');
    // Sets the text in Hono's cache, because Hono would create a Response to decode the bytes.
    Object.assign(c.req.bodyCache, { text: Promise.resolve(withoutBom(bytes.toString('utf8'))) });
    await next();
  }),
);

const limitStream = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => {
    throw tooLarge();
  },
});

const withoutBom = (text: string) => (text.startsWith('\ufeff') ? text.slice(1) : text);

const tooLarge = () =>
  new ApiError('too_large', `The body may have at most ${MAX_BODY_BYTES} bytes.`, { Connection: 'close' });

const DISCARD_TIMEOUT_MS = 3000;

/** Reads and discards the rest of a body, because most clients read the response only after they have sent the body. */
async function discard(incoming: IncomingMessage): Promise<void> {
  if (incoming.complete) return;
  incoming.resume();
  const signal = AbortSignal.timeout(DISCARD_TIMEOUT_MS);
  await Promise.race([once(incoming, 'end', { signal }), once(incoming, 'close', { signal })]).catch(
    () => {},
  );
}

/**
 * Returns the JSON text of each member of a body that `validate('json', …)` accepted as an object.
 * @throws ApiError 400 when a name occurs twice or the nesting is too deep to be stored
 */
export async function bodyMembers(c: Context): Promise<Map<string, string>> {
  try {
    return memberTexts(await c.req.text());
  } catch (error) {
    if (error instanceof UnsupportedJsonError)
      throw new ApiError('invalid_parameters', `The body ${error.message}.`);
    throw error;
  }
}
