import { createMiddleware } from 'hono/factory';

/**
 * Headers of every response that is no page: a browser shows it as what its type says, runs nothing in it, and puts it into no
 * frame. Names in lower case.
 */
export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
} as const;

/** Adds the headers to every response. A handler may replace them. */
export const addSecurityHeaders = createMiddleware(async function addSecurityHeaders(c, next) {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.header(name, value);
  await next();
});
