import { createMiddleware } from 'hono/factory';
import type { RequestIdVariables } from 'hono/request-id';

const HEADER = 'X-Request-Id';
const VISIBLE_ASCII = /^[\x21-\x7e]{1,128}$/;

/** Whether a request id that a client sent is kept (contract C). */
export const isRequestId = (sent: string | undefined): sent is string =>
  sent !== undefined && VISIBLE_ASCII.test(sent);

/** Gives each request an id, the client's own or a new one, and sends it back. */
export const createRequestId = (newRequestId: () => string) =>
  createMiddleware<{ Variables: RequestIdVariables }>(async function requestId(c, next) {
    const sent = c.req.header(HEADER);
    const id = isRequestId(sent) ? sent : newRequestId();
    c.set('requestId', id);
    c.header(HEADER, id);
    await next();
  });
