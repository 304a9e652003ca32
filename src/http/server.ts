import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { RefusalLog } from './access-log.ts';
import { createConnectionRefuser } from './connection-refuser.ts';
import { type Refusal, requestIdOf, sendRefusal } from './early-response.ts';
import { createExchangeTracker } from './exchanges.ts';
import { guardRequest } from './request-guard.ts';

export interface ServerOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  listener: RequestListener;
  newRequestId(): string;
  /** Where refused requests are logged. */
  refusalLog?: RefusalLog;
  /** How long a connection stays open without a request, in milliseconds. */
  keepAliveTimeoutMs?: number;
  /** How long the headers of a request may take to arrive, in milliseconds; at least `headersTimeoutFor`. */
  headersTimeoutMs?: number;
  /** How often Node looks for requests that take too long, in milliseconds. */
  connectionsCheckingIntervalMs?: number;
}

/** A listening server. */
export interface RunningServer {
  /** Where it listens, such as `127.0.0.1:8787`. */
  readonly address: AddressInfo;
  /** Stops listening, lets the answers in flight finish for at most `graceMs`, then closes every connection. */
  stop(graceMs: number): Promise<void>;
}

const MIN_HEADERS_TIMEOUT_MS = 60_000;
const MIN_REQUEST_TIMEOUT_MS = 300_000;

/** Returns a `headersTimeout` that is longer than the keep-alive timeout, so that neither cuts the other short. */
export const headersTimeoutFor = (keepAliveTimeoutMs: number) =>
  Math.max(MIN_HEADERS_TIMEOUT_MS, keepAliveTimeoutMs + 5000);

/**
 * Listens and hands every valid request to `listener`. The server itself answers what is no valid HTTP, CONNECT,
 * `OPTIONS *`, an unknown expectation, and a missing, repeated or malformed Host header.
 * @throws the system's error (`EADDRINUSE`, `EACCES`, `ENOTFOUND`, …) when it cannot listen
 */
export async function listen(options: ServerOptions): Promise<RunningServer> {
  const { host, port, listener, newRequestId, keepAliveTimeoutMs = 65_000 } = options;
  const { refusalLog = { refused: () => {} } } = options;
  const headersTimeout = options.headersTimeoutMs ?? headersTimeoutFor(keepAliveTimeoutMs);
  const exchanges = createExchangeTracker();
  const refuser = createConnectionRefuser({ exchanges, refusalLog, newRequestId });
  const server = createServer({
    // Node's own response to a missing Host header has no body and no request id.
    requireHostHeader: false,
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout,
    requestTimeout: Math.max(MIN_REQUEST_TIMEOUT_MS, headersTimeout),
    connectionsCheckingInterval: options.connectionsCheckingIntervalMs ?? 30_000,
  });

  function refuse(incoming: IncomingMessage, outgoing: ServerResponse, refusal: Refusal): void {
    const requestId = requestIdOf(incoming, newRequestId);
    sendRefusal(outgoing, refusal, requestId);
    refusalLog.refused(refusal, requestId, incoming);
  }

  server.on('request', (incoming, outgoing) => {
    exchanges.add(incoming, outgoing);
    const refusal = guardRequest(incoming);
    if (refusal) refuse(incoming, outgoing, refusal);
    else listener(incoming, outgoing);
  });
  server.on('checkExpectation', (incoming, outgoing) => {
    exchanges.add(incoming, outgoing);
    refuse(incoming, outgoing, {
      status: 417,
      error: 'The only expectation that is supported is 100-continue',
    });
  });
  server.on('connect', (incoming, socket) => refuser.refuseConnect(incoming, socket));
  server.on('clientError', (error, socket) => refuser.refuseInvalid(error, socket));
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no TCP address.');
  return { address, stop: (graceMs) => stop(server, sockets, graceMs) };
}

async function stop(server: Server, sockets: ReadonlySet<Socket>, graceMs: number): Promise<void> {
  // http's own close() would at once cut off answers that are ended but not yet read, as it does not count those.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  const sweep = setInterval(() => {
    if ([...sockets].some((socket) => socket.writableLength > 0)) return;
    // A connection whose last answer has just gone out becomes idle only now and then; close() looked but once.
    server.closeIdleConnections();
    // To Node, one that never said a word (a browser opens such ones ahead of need) is not idle but about to speak.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  }, 50);
  const deadline = setTimeout(() => {
    server.closeAllConnections();
    // Node no longer counts the connection of a CONNECT among its own.
    for (const socket of sockets) socket.destroy();
  }, graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}
