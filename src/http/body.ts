import { bodyLimit } from 'hono/body-limit';
import { every } from 'hono/combine';
import { createMiddleware } from 'hono/factory';
import { Problem } from './errors.ts';

/** The largest body that is taken, in bytes: that of an import's longest line. */
export const LARGEST_BODY = 1024 * 1024;

const isJson = /^application\/([a-z0-9!#$&^_.+-]+\+)?json\s*(;|$)/i;

/** Lets a request through whose body says that it is JSON and is not too large; `validate('json', …)` comes after it. */
export const takesJson = every(
  createMiddleware(async function takesJson(c, next) {
    if (!isJson.test(c.req.header('Content-Type') ?? '')) {
      throw new Problem('invalid_parameters', 'The body must be JSON, with Content-Type: application/json.');
    }
    await next();
  }),
  bodyLimit({
    maxSize: LARGEST_BODY,
    onError: () => {
      throw new Problem('too_large', `The body may have at most ${LARGEST_BODY} bytes.`);
    },
  }),
);
