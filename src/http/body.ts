import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { every } from 'hono/combine';
import { createMiddleware } from 'hono/factory';
import { memberTexts, UnkeepableJson } from '../json-text.ts';
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

/**
 * The members of a body that `validate('json', …)` took for an object, each as its own JSON text.
 * @throws Problem 400 when a member's name occurs twice or the nesting is deeper than is kept
 */
export async function bodyMembers(c: Context): Promise<Map<string, string>> {
  try {
    return memberTexts(await c.req.text());
  } catch (error) {
    if (error instanceof UnkeepableJson)
      throw new Problem('invalid_parameters', `The body ${error.message}.`);
    throw error;
  }
}
