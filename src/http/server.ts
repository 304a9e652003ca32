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
  /** 0 selects any free port. */
  port: number;
  listener: RequestListener;
  newRequestId(): string;
  /** Logs refused requests. */
  refusalLog?: RefusalLog;
  /** How long a connection stays open without a request. */
  keepAliveTimeoutMs?: number;
  /** How long the headers of a request may take to arrive; at most `requestTimeoutMs`. */
  headersTimeoutMs?: number;
  /** How long a request may take to arrive with its body. */
  requestTimeoutMs?: number;
  /** How long a client may read nothing of a response. */
  responseTimeoutMs?: number;
  /** How often Node looks for requests that take too long. */
  connectionsCheckingIntervalMs?: number;
  /** Further connections are closed at once. */
  maxConnections?: number;
}

/** A listening server. */
export interface RunningServer {
  /** The address and port that the server listens on. */
  readonly address: AddressInfo;
  /** From now on, closes each connection after its response. */
  startDraining(): void;
  /** Stops listening, waits at most `graceMs` for responses in progress, then closes every connection. */
  stop(graceMs: number): Promise<void>;
}

const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
const RESPONSE_TIMEOUT_MS = 60_000;

/**
 * Listens and passes every valid request to `listener`. The server itself refuses invalid HTTP, CONNECT, `OPTIONS *`,
 * an unknown expectation, and a missing, repeated or malformed Host header.
 * @throws a system error (`EADDRINUSE`, `EACCES`, `ENOTFOUND`, …) when it cannot listen
 */
export async function listen(options: ServerOptions): Promise<RunningServer> {
  const { host, port, listener, newRequestId, keepAliveTimeoutMs = 65_000 } = options;
  const { refusalLog = { refused: () => {} } } = options;
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS, headersTimeoutMs = HEADERS_TIMEOUT_MS } = options;
  const exchanges = createExchangeTracker();
  const refuser = createConnectionRefuser({ exchanges, refusalLog, newRequestId });
  const server = createServer({
    // Node's own response to a missing Host header has no body and no request id.
    requireHostHeader: false,
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: options.connectionsCheckingIntervalMs ?? 1000,
  });
  server.maxConnections = options.maxConnections ?? Number.POSITIVE_INFINITY;
  // Called after this time without reading and writing, and after the keep-alive timeout of an idle connection.
  server.setTimeout(options.responseTimeoutMs ?? RESPONSE_TIMEOUT_MS, (socket) => {
    const isComputing = socket.writableLength === 0 && exchanges.stateOf(socket).name !== 'idle';
    if (!isComputing) socket.destroy();
  });

  function refuse(incoming: IncomingMessage, outgoing: ServerResponse, refusal: Refusal): void {
    const requestId = requestIdOf(incoming, newRequestId);
    sendRefusal(outgoing, refusal, requestId);
    refusalLog.refused(refusal, requestId, incoming.socket, incoming);
  }

  let isDraining = false;
  server.on('request', (incoming, outgoing) => {
    if (isDraining) outgoing.shouldKeepAlive = false;
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
  return {
    address,
    startDraining() {
      isDraining = true;
    },
    stop: (graceMs) => stop(server, sockets, graceMs),
  };
}

async function stop(server: Server, sockets: ReadonlySet<Socket>, graceMs: number): Promise<void> {
  // http.Server.close() would cut off responses that are complete but not yet written to the network.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  const closeIdle = setInterval(() => {
    if ([...sockets].some((socket) => socket.writableLength > 0)) return;
    // Connections become idle at different times, so this is repeated.
    server.closeIdleConnections();
    // Node does not count a connection without any data as idle. Browsers open such connections in advance.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  }, 50);
  const deadline = setTimeout(() => {
    server.closeAllConnections();
    // closeAllConnections() does not close the connection of a CONNECT.
    for (const socket of sockets) socket.destroy();
  }, graceMs);
  await closed;
  clearInterval(closeIdle);
  clearTimeout(deadline);
}
