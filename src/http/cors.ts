/** Which pages of other origins may use an API from a browser (Fetch Standard, CORS). */
import type { Context, MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';

/** Allow any page to read a response and these headers of it. No response depends on cookies. */
const CORS_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'ETag, Link, X-Total-Count, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id',
} as const;

/** How long a browser may keep the answer to a preflight, in seconds. */
const MAX_AGE_SECONDS = 7200;

export interface CorsOptions {
  /** The origins that may use the API, such as `https://app.example.com`, or all. */
  origins: readonly string[] | 'all';
  methods: readonly string[];
  /** Request headers that scripts may send. */
  requestHeaders: readonly string[];
}

/**
 * Creates middleware that allows pages of other origins to use an API, and answers preflights with 204. It never allows
 * cookies. Any other OPTIONS request passes.
 */
export function createCors({ origins, methods, requestHeaders }: CorsOptions): MiddlewareHandler {
  const answerPreflight = cors({
    allowMethods: [...methods],
    allowHeaders: [...requestHeaders],
    maxAge: MAX_AGE_SECONDS,
  });
  return async (c, next) => {
    const origin = c.req.header('Origin');
    const isAllowed = origins === 'all' || (origin !== undefined && origins.includes(origin));
    if (!isAllowed) return next();
    const isPreflight = c.req.header('Access-Control-Request-Method') !== undefined;
    if (c.req.method === 'OPTIONS' && isPreflight) return answerPreflight(c, next);
    // The middleware of Hono would give its headers precedence over those of the response.
    for (const [name, value] of Object.entries(CORS_HEADERS)) c.header(name, value);
    c.set(ALLOWED, true);
    return next();
  };
}

const ALLOWED = 'isCorsAllowed';

/** Returns the headers that this middleware adds to the response. */
export const corsHeaders = (c: Context): Partial<typeof CORS_HEADERS> => (c.get(ALLOWED) ? CORS_HEADERS : {});
