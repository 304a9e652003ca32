import { createMiddleware } from 'hono/factory';
import type { RequestIdVariables } from 'hono/request-id';
import type { Logger } from 'pino';

/**
 * One line per request. The query string stays out: clients put secrets into it by mistake.
 * @param clock milliseconds that only go forward
 */
export const createAccessLog = (log: Logger, clock: () => number) =>
  createMiddleware<{ Variables: RequestIdVariables }>(async function accessLog(c, next) {
    const start = clock();
    await next();
    log.info(
      {
        requestId: c.get('requestId'),
        method: c.req.method,
        host: c.req.header('host'),
        path: new URL(c.req.url).pathname,
        status: c.res.status,
        ms: Math.round((clock() - start) * 1000) / 1000,
      },
      'request',
    );
  });
