import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { vi } from 'vitest';

/** A response as it came over the socket. */
export interface Answer {
  status: number;
  headers: Headers;
  body: string;
}

/** A TCP connection to a server on this machine, written to and read byte by byte. */
export interface Wire {
  send(bytes: string | Buffer): void;
  /** The next response; of one to HEAD, only the head. */
  answer(to?: 'GET' | 'HEAD'): Promise<Answer>;
  /** Waits until the server has closed the connection. */
  closed(): Promise<void>;
  /** What has come and was not taken by `answer`. */
  unread(): string;
  /** Ends the connection without reading on, as a client does that gives up. */
  abort(): void;
  /** Sends nothing more, and reads on. */
  closeOwnSide(): void;
}

/** Opens a connection, runs `use` with it and closes it. */
export async function onWire<T>(port: number, use: (wire: Wire) => Promise<T>): Promise<T> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  try {
    return await use(wireOn(socket));
  } finally {
    socket.destroy();
  }
}

/** Sends one request on a connection of its own. */
export function ask(port: number, request: string | Buffer): Promise<Answer> {
  return onWire(port, (wire) => {
    wire.send(request);
    return wire.answer();
  });
}

/** The text of a request without a body. */
export function request(
  host: string,
  target: string,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): string {
  const lines = Object.entries({ Host: host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

function wireOn(socket: Socket): Wire {
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
    answer: (to = 'GET') =>
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
    closed: async () => {
      await vi.waitUntil(() => hasClosed, patience);
    },
    unread: () => received.toString('latin1'),
    abort: () => socket.destroy(),
    closeOwnSide: () => socket.end(),
  };
}
