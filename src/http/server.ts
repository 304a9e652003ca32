import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';

export interface ServerOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
  fetch: Parameters<typeof getRequestListener>[0];
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
 * Listens and hands every request to `fetch`.
 * @throws the system's error (`EADDRINUSE`, `EACCES`, `ENOTFOUND`, …) when it cannot listen
 */
export async function listen({ host, port, fetch, newRequestId }: ServerOptions): Promise<RunningServer> {
  const answer = getRequestListener(fetch, {
    // A target or Host header that is no URL reaches no API, so it has no API's shape.
    errorHandler: () =>
      new Response('{"error":"The request target or the Host header is malformed"}', {
        status: 400,
        headers: { 'Content-Type': 'application/json; charset=utf-8', 'X-Request-Id': newRequestId() },
      }),
  });
  const server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    incoming.url = encodeRawBytes(incoming.url ?? '/');
    return answer(incoming, outgoing);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no TCP address.');
  return { address, stop: (graceMs) => stop(server, graceMs) };
}

/** Bytes that a client sent unencoded (`curl '…=É'`) arrive as Latin-1 characters; percent-encoded they mean the same. */
function encodeRawBytes(target: string): string {
  return target.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
}

async function stop(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection whose last answer has just gone out becomes idle only now and then; close() looked but once.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const deadline = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}
