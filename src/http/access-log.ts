import { createMiddleware } from 'hono/factory';
import type { RequestIdVariables } from 'hono/request-id';
import type { Logger } from 'pino';

/** What the log says of a request. The query string stays out: clients put secrets into it by mistake. */
export interface RequestRecord {
  requestId: string;
  method: string;
  host: string | undefined;
  path: string;
  status: number;
  /** Milliseconds from the request to its answer. */
  ms: number;
}

/** One line per request. */
export type LogRequest = (record: RequestRecord) => void;

export const createLogRequest =
  (log: Logger): LogRequest =>
  (record) =>
    log.info(record, 'request');

/** Milliseconds since `start`, to the microsecond. */
export const since = (start: number, clock: () => number) => Math.round((clock() - start) * 1000) / 1000;

/**
 * Logs every request that reaches the app.
 * @param clock milliseconds that only go forward
 */
export const createAccessLog = (logRequest: LogRequest, clock: () => number) =>
  createMiddleware<{ Variables: RequestIdVariables }>(async function accessLog(c, next) {
    const start = clock();
    await next();
    const { method, url } = c.req;
    const record = { requestId: c.get('requestId'), method, host: c.req.header('host'), path: pathOf(url) };
    logRequest({ ...record, status: c.res.status, ms: since(start, clock) });
  });

/** The path of an absolute URL as it was sent, without its query. */
function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  const end = url.indexOf('?', start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}
