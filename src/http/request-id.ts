import { createMiddleware } from 'hono/factory';
import type { RequestIdVariables } from 'hono/request-id';

const HEADER = 'X-Request-Id';
const VISIBLE_ASCII = /^[\x21-\x7e]{1,128}$/;

/** Returns true if a request id that a client sent is accepted (contract C). */
export const isRequestId = (sent: string | undefined): sent is string =>
  sent !== undefined && VISIBLE_ASCII.test(sent);

/** Sets the id of each request, the client's or a new one, and sends it in the response. */
export const createRequestId = (newRequestId: () => string) =>
  createMiddleware<{ Variables: RequestIdVariables }>(async function requestId(c, next) {
    const sent = c.req.header(HEADER);
    const id = isRequestId(sent) ? sent : newRequestId();
    c.set('requestId', id);
    c.header(HEADER, id);
    await next();
  });
