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
import { Problem } from './errors.ts';

/** The largest body that is taken, in bytes. */
export const LARGEST_BODY = 1024 * 1024;

const isJson = /^application\/([a-z0-9!#$&^_.+-]+\+)?json\s*(;|$)/i;

/**
 * Rejects a POST whose body has a content coding such as gzip, which no route decodes; `identity` is none. A header
 * without a body is ignored.
 * @throws Problem 415
 */
export const refuseEncodedBody = createMiddleware<{ Bindings: Partial<HttpBindings> }>(
  async function refuseEncodedBody(c, next) {
    const codings = (c.req.header('Content-Encoding') ?? '').toLowerCase().split(',');
    const isEncoded = codings.some((coding) => !['', 'identity'].includes(coding.trim()));
    if (isEncoded && c.req.method === 'POST' && hasBody(c)) {
      if (c.env?.incoming) await discard(c.env.incoming);
      throw new Problem(
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
  // Over HTTP/1 a body has one of the two headers.
  return c.env?.incoming === undefined && c.req.raw.body !== null;
}

/** Lets a request through whose body says that it is JSON and is not too large; `validate('json', …)` comes after it. */
export const takesJson = every(
  createMiddleware(async function abortable(c, next) {
    try {
      await next();
    } catch (error) {
      // Errors of the handlers never come back here: Hono hands them to `onError` at once.
      throw isAborted(c) ? new RequestAbortedError() : error;
    }
  }),
  createMiddleware<{ Bindings: Partial<HttpBindings> }>(async function takesJson(c, next) {
    if (Number(c.req.header('Content-Length')) > LARGEST_BODY) {
      if (c.env?.incoming) await discard(c.env.incoming);
      throw tooLarge();
    }
    if (!isJson.test(c.req.header('Content-Type') ?? '')) {
      throw new Problem('invalid_parameters', 'The body must be JSON, with Content-Type: application/json.');
    }
    await next();
  }),
  createMiddleware(async function limited(c, next) {
    // Asking for the stream, as bodyLimit does, costs more than reading a body whose length node has checked.
    const hasKnownLength =
      c.req.header('Content-Length') !== undefined && c.req.header('Transfer-Encoding') === undefined;
    return hasKnownLength ? next() : limitStream(c, next);
  }),
  createMiddleware(async function isUtf8Text(c, next) {
    const bytes = Buffer.from(await c.req.arrayBuffer());
    // Decoding would put U+FFFD in place of what the client sent.
    if (!isUtf8(bytes)) throw new Problem('invalid_parameters', 'The body must be UTF-8.');
    // Hono would make a Response of the bytes for the text.
    Object.assign(c.req.bodyCache, { text: Promise.resolve(withoutBom(bytes.toString('utf8'))) });
    await next();
  }),
);

const limitStream = bodyLimit({
  maxSize: LARGEST_BODY,
  onError: () => {
    throw tooLarge();
  },
});

const withoutBom = (text: string) => (text.startsWith('\ufeff') ? text.slice(1) : text);

const tooLarge = () =>
  new Problem('too_large', `The body may have at most ${LARGEST_BODY} bytes.`, { Connection: 'close' });

const LONGEST_DISCARD_MS = 3000;

/** Reads the rest of a body and forgets it: most clients read no answer before they have sent all. */
async function discard(incoming: IncomingMessage): Promise<void> {
  if (incoming.complete) return;
  incoming.resume();
  const signal = AbortSignal.timeout(LONGEST_DISCARD_MS);
  await Promise.race([once(incoming, 'end', { signal }), once(incoming, 'close', { signal })]).catch(
    () => {},
  );
}

/**
 * The members of a body that `validate('json', …)` took for an object, each as its own JSON text.
 * @throws Problem 400 when a member's name occurs twice or the nesting is deeper than is kept
 */
export async function bodyMembers(c: Context): Promise<Map<string, string>> {
  try {
    return memberTexts(await c.req.text());
  } catch (error) {
    if (error instanceof UnsupportedJsonError)
      throw new Problem('invalid_parameters', `The body ${error.message}.`);
    throw error;
  }
}
