import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ServerOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  listener: RequestListener;
  newRequestId(): string;
}

/** A listening server. */
export interface RunningServer {
  /** Where it listens, such as `127.0.0.1:8787`. */
  readonly address: AddressInfo;
  /** Stops listening, lets the answers in flight finish for at most `graceMs`, then closes every connection. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Listens and hands every request to `listener`.
 * @throws the system's error (`EADDRINUSE`, `EACCES`, `ENOTFOUND`, …) when it cannot listen
 */
export async function listen({ host, port, listener, newRequestId }: ServerOptions): Promise<RunningServer> {
  // Node's own answer to a missing Host header has no body and no request id; the listener's has.
  const server = createServer({ requireHostHeader: false }, listener);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(error, socket, newRequestId()));
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

const REFUSALS: Record<string, { status: string; error: string } | undefined> = {
  HPE_INVALID_URL: {
    status: '400 Bad Request',
    error: 'The request target has characters that must be percent-encoded',
  },
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    error: 'The request target and the headers are too long',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    error: 'The request did not arrive in time',
  },
};

/** Answers what Node's parser refuses, and so never becomes a request: `curl '…=É'`, an endless URL, no HTTP at all. */
function refuse({ code = '' }: NodeJS.ErrnoException, socket: Duplex, requestId: string): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, error } = REFUSALS[code] ?? {
    status: '400 Bad Request',
    error: 'The request is not valid HTTP',
  };
  const body = JSON.stringify({ error });
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
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
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}
