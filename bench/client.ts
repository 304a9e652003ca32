/**
 * A client with little overhead: one keep-alive connection, one request at a time, responses with a Content-Length.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export const JSON_TYPE = 'application/json';

/** What is asked, of whichever server. */
export interface HttpRequest {
  host: string;
  path: string;
  headers: Record<string, string>;
  /** Makes it a POST with this JSON. */
  body?: string;
}

export class HttpResponse {
  readonly status: number;
  readonly #head: string;
  readonly #chunks: readonly Buffer[];

  constructor(head: string, chunks: readonly Buffer[]) {
    this.status = Number(head.slice(9, 12));
    this.#head = head;
    this.#chunks = chunks;
  }

  header(name: string): string | undefined {
    return new RegExp(`\r\n${name}: *([^\r]*)`, 'i').exec(this.#head)?.[1];
  }

  get body(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  json(): unknown {
    return JSON.parse(this.body.toString());
  }
}

export function requestText({ host, path, headers, body }: HttpRequest): string {
  const all = body === undefined ? headers : { ...headers, ...bodyHeaders(body) };
  const lines = Object.entries({ Host: host, ...all }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`;
}

const bodyHeaders = (body: string) => ({
  'Content-Type': JSON_TYPE,
  'Content-Length': String(Buffer.byteLength(body)),
});

interface Waiter {
  resolve(response: HttpResponse): void;
  reject(error: Error): void;
}

export class Connection {
  readonly #socket: Socket;
  #waiter: Waiter | undefined;
  #head = '';
  #chunks: Buffer[] = [];
  #missing = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('The server closed the connection.')));
  }

  /** @throws Error when nobody listens */
  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.setNoDelay(true);
    return new Connection(socket);
  }

  /** @param request see `requestText` */
  send(request: string): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      if (this.#waiter || this.#socket.destroyed) return reject(new Error('The connection is not free.'));
      this.#waiter = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#head.endsWith('\r\n\r\n')) {
      this.#takeBody(chunk);
      return;
    }
    const before = this.#head.length;
    const text = this.#head + chunk.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    this.#head = end < 0 ? text : text.slice(0, end + 4);
    if (end < 0) return;
    const length = this.#head.startsWith('HTTP/1.1 304')
      ? 0
      : Number(/\r\ncontent-length: *(\d+)/i.exec(this.#head)?.[1]);
    if (Number.isNaN(length)) {
      this.#fail(new Error(`An response without Content-Length: ${this.#head}`));
      return;
    }
    this.#missing = length;
    this.#takeBody(chunk.subarray(this.#head.length - before));
  }

  #takeBody(chunk: Buffer): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
    this.#missing -= chunk.length;
    if (this.#missing > 0) return;
    const waiter = this.#waiter;
    const response = new HttpResponse(this.#head, this.#chunks);
    this.#waiter = undefined;
    this.#head = '';
    this.#chunks = [];
    waiter?.resolve(response);
  }

  #fail(error: Error): void {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    this.#socket.destroy();
    waiter?.reject(error);
  }
}

/** Returns the response to a request and the milliseconds that it took. @throws Error unless its status is 200 */
export async function timed(
  connection: Connection,
  request: HttpRequest,
): Promise<{ response: HttpResponse; took: number }> {
  const text = requestText(request);
  const began = performance.now();
  const response = await connection.send(text);
  const took = performance.now() - began;
  if (response.status !== 200)
    throw new Error(`${request.path} was answered with ${response.status}: ${response.body}`);
  return { response, took };
}
