import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { vi } from 'vitest';

/** A response as received on the socket. */
export interface RawResponse {
  status: number;
  headers: Headers;
  body: string;
}

/** A TCP connection to a server on this machine, written to and read byte by byte. */
export interface RawConnection {
  send(bytes: string | Buffer): void;
  /** Reads the next response. A response to HEAD has no body. */
  readResponse(method?: 'GET' | 'HEAD'): Promise<RawResponse>;
  /** Waits until the server has closed the connection. */
  waitUntilClosed(): Promise<void>;
  /** Returns the bytes received after the last response that was read. */
  unread(): string;
  /** Closes the connection without reading the rest. */
  abort(): void;
  /** Half-closes the connection: sends nothing more, but still reads. */
  endWriting(): void;
}

/** Opens a connection, runs `use` with it and closes it. */
export async function withConnection<T>(
  port: number,
  use: (connection: RawConnection) => Promise<T>,
): Promise<T> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  try {
    return await use(createConnection(socket));
  } finally {
    socket.destroy();
  }
}

/** Sends one request on a new connection and reads the response. */
export function sendRequest(port: number, request: string | Buffer): Promise<RawResponse> {
  return withConnection(port, (connection) => {
    connection.send(request);
    return connection.readResponse();
  });
}

/**
 * Sends the first half of a GET request and waits until the server has received it.
 * @returns a function that sends the second half
 */
export async function sendHalfRequest(connection: RawConnection, port: number, host: string) {
  connection.send(`GET /tasks HTTP/1.1\r\nHost: ${host}\r\n`);
  // The server reads in the order of arrival. After this response, it has read the half.
  await sendRequest(port, requestText(host, '/tasks'));
  return () => connection.send('Accept: application/json\r\n\r\n');
}

/** Returns the text of a request without a body. */
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
  const timing = { timeout: 10_000, interval: 5 };
  return {
    send: (bytes) => socket.write(bytes),
    readResponse: (method = 'GET') =>
      vi.waitUntil(() => {
        const end = received.indexOf('\r\n\r\n');
        const [statusLine = '', ...lines] = received.toString('latin1', 0, Math.max(end, 0)).split('\r\n');
        const headers = new Headers(
          lines.map((line): [string, string] => [
            line.slice(0, line.indexOf(':')),
            line.slice(line.indexOf(':') + 1),
          ]),
        );
        const bodyEnd = end + 4 + (method === 'HEAD' ? 0 : Number(headers.get('content-length')));
        if (end === -1 || received.length < bodyEnd) {
          if (hasClosed) throw new Error(`The server closed the connection after "${received}"`);
          return undefined;
        }
        const body = received.toString('utf8', end + 4, bodyEnd);
        received = received.subarray(bodyEnd);
        return { status: Number(statusLine.split(' ')[1]), headers, body };
      }, timing),
    waitUntilClosed: async () => {
      await vi.waitUntil(() => hasClosed, timing);
    },
    unread: () => received.toString('latin1'),
    abort: () => socket.destroy(),
    endWriting: () => socket.end(),
  };
}
