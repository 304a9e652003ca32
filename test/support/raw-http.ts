import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { vi } from 'vitest';

/** A response as it came over the socket. */
export interface RawResponse {
  status: number;
  headers: Headers;
  body: string;
}

/** A TCP connection to a server on this machine, written to and read byte by byte. */
export interface RawConnection {
  send(bytes: string | Buffer): void;
  /** The next response; of one to HEAD, only the head. */
  readResponse(to?: 'GET' | 'HEAD'): Promise<RawResponse>;
  /** Waits until the server has closed the connection. */
  waitUntilClosed(): Promise<void>;
  /** What has come and was not taken by `answer`. */
  unread(): string;
  /** Ends the connection without reading on, as a client does that gives up. */
  abort(): void;
  /** Sends nothing more, and reads on. */
  endWriting(): void;
}

/** Opens a connection, runs `use` with it and closes it. */
export async function withConnection<T>(port: number, use: (wire: RawConnection) => Promise<T>): Promise<T> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  try {
    return await use(createConnection(socket));
  } finally {
    socket.destroy();
  }
}

/** Sends one request on a connection of its own. */
export function sendRequest(port: number, request: string | Buffer): Promise<RawResponse> {
  return withConnection(port, (wire) => {
    wire.send(request);
    return wire.readResponse();
  });
}

/** The text of a request without a body. */
export function requestText(
  host: string,
  target: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): string {
  const lines = Object.entries({ Host: host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function createConnection(socket: Socket): RawConnection {
  let received = Buffer.alloc(0);
  let hasClosed = false;
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    hasClosed = true;
  });
  const patience = { timeout: 10_000, interval: 5 };
  return {
    send: (bytes) => socket.write(bytes),
    readResponse: (to = 'GET') =>
      vi.waitUntil(() => {
        const end = received.indexOf('\r\n\r\n');
        const [statusLine = '', ...lines] = received.toString('latin1', 0, Math.max(end, 0)).split('\r\n');
        const headers = new Headers(
          lines.map((line): [string, string] => [
            line.slice(0, line.indexOf(':')),
            line.slice(line.indexOf(':') + 1),
          ]),
        );
        const bodyEnd = end + 4 + (to === 'HEAD' ? 0 : Number(headers.get('content-length')));
        if (end === -1 || received.length < bodyEnd) {
          if (hasClosed) throw new Error(`The server closed the connection after "${received}"`);
          return undefined;
        }
        const body = received.toString('utf8', end + 4, bodyEnd);
        received = received.subarray(bodyEnd);
        return { status: Number(statusLine.split(' ')[1]), headers, body };
      }, patience),
    waitUntilClosed: async () => {
      await vi.waitUntil(() => hasClosed, patience);
    },
    unread: () => received.toString('latin1'),
    abort: () => socket.destroy(),
    endWriting: () => socket.end(),
  };
}
