import type { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { createMiddleware } from 'hono/factory';
import type { RequestIdVariables } from 'hono/request-id';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics/metrics.ts';
import { ABORTED_STATUS } from './aborted.ts';
import type { Peer } from './client-address.ts';
import type { Refusal } from './early-response.ts';
import { routeOf } from './route.ts';

/** The target of a request, without its query string, because clients put secrets into it by mistake. */
export interface RequestTarget {
  method: string;
  host: string | undefined;
  path: string;
}

export interface RequestOutcome {
  requestId: string;
  /** The IP address of the client; undefined for a request without a connection. */
  client: string | undefined;
  status: number;
  /** Milliseconds from the request to its response. */
  ms: number;
}

export type RequestRecord = RequestTarget & RequestOutcome;

/** Logs one line per request. */
export interface RequestLog {
  write(record: RequestRecord): void;
  /** Returns a faster `write` for requests with the same target. */
  writerFor(target: RequestTarget): (outcome: RequestOutcome) => void;
}

/** Logs one line per request that the server refuses before it reaches an API. */
export interface RefusalLog {
  /** @param incoming undefined if the request is not valid HTTP */
  refused(refusal: Refusal, requestId: string, socket: Peer['socket'], incoming?: IncomingMessage): void;
}

/** @param clientAddress returns the IP address of a client */
export function createRequestLog(
  log: Logger,
  clientAddress: (request: Peer) => string | undefined,
): RequestLog & RefusalLog {
  return {
    write: (record) => log.info(record, record.status === ABORTED_STATUS ? 'request aborted' : 'request'),
    writerFor: (target) => {
      const child = log.child(target);
      return (outcome) => child.info(outcome, 'request');
    },
    refused: ({ status, error }, requestId, socket, incoming) => {
      const { method, headers, url = '' } = incoming ?? {};
      // The target of a CONNECT is an authority, not a path. The Host header may contain a password.
      const target = incoming && {
        method,
        host: headers?.host?.replace(/^.*@/, ''),
        path: url.startsWith('/') ? withoutQuery(url) : '',
      };
      const client = clientAddress({ socket, rawHeaders: incoming?.rawHeaders ?? [] });
      log.info({ ...target, requestId, client, status, reason: error }, 'request refused');
    },
  };
}

/** Returns the milliseconds since `start`, rounded to microseconds. */
export const elapsedMs = (start: number, clock: () => number) => Math.round((clock() - start) * 1000) / 1000;

export interface AccessLogOptions {
  requestLog: RequestLog;
  clientAddress(request: Peer): string | undefined;
  /** Monotonic milliseconds. */
  clock(): number;
  metrics?: Pick<Metrics, 'countRequest'> | undefined;
}

/** Logs and counts every request that reaches the app. */
export const createAccessLog = ({ requestLog, clientAddress, clock, metrics }: AccessLogOptions) =>
  createMiddleware<AccessLogEnv>(async function accessLog(c, next) {
    const start = clock();
    // Later, the connection may have been closed.
    const client = c.env?.incoming && clientAddress(c.env.incoming);
    await next();
    const { method, url } = c.req;
    const target = { method, host: c.req.header('host'), path: pathOf(url) };
    const { status } = c.res;
    const ms = elapsedMs(start, clock);
    requestLog.write({ ...target, requestId: c.get('requestId'), client, status, ms });
    metrics?.countRequest({ ...routeOf(c), method, status, ms });
  });

interface AccessLogEnv {
  /** Empty for a request without a connection. */
  Bindings: Partial<HttpBindings>;
  Variables: RequestIdVariables;
}

/** Returns the path of an absolute URL, not decoded and without its query. */
function pathOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('//') + 2);
  return withoutQuery(start === -1 ? '' : url.slice(start));
}

/** Returns a request target up to its query. */
export function withoutQuery(target: string): string {
  const end = target.indexOf('?');
  return end === -1 ? target : target.slice(0, end);
}
