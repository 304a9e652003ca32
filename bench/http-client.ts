/**
 * A minimal HTTP client that adds little to what it measures. It uses one keep-alive connection, sends one request at a
 * time, and requires a Content-Length in each response.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export const JSON_TYPE = 'application/json';

/** A GET or POST request, independent of the server. */
export interface HttpRequest {
  host: string;
  path: string;
  headers: Record<string, string>;
  /** A JSON body; makes the request a POST. */
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

/** Returns the bytes of an HTTP/1.1 request as text. */
export function serializeRequest({ host, path, headers, body }: HttpRequest): string {
  const allHeaders = body === undefined ? headers : { ...headers, ...bodyHeaders(body) };
  const lines = Object.entries({ Host: host, ...allHeaders }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${body === undefined ? 'GET' : 'POST'} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`;
}

const bodyHeaders = (body: string) => ({
  'Content-Type': JSON_TYPE,
  'Content-Length': String(Buffer.byteLength(body)),
});

interface PendingResponse {
  resolve(response: HttpResponse): void;
  reject(error: Error): void;
}

export class Connection {
  readonly #socket: Socket;
  #pending: PendingResponse | undefined;
  #head = '';
  #chunks: Buffer[] = [];
  #remainingBytes = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('The server closed the connection.')));
  }

  /** @throws Error if no server listens on the port */
  static async open(port: number): Promise<Connection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.setNoDelay(true);
    return new Connection(socket);
  }

  /** Sends one request, as `serializeRequest` returns it. */
  send(request: string): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      if (this.#pending || this.#socket.destroyed)
        return reject(new Error('The connection already has a request in flight or is closed.'));
      this.#pending = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#head.endsWith('\r\n\r\n')) {
      this.#receiveBody(chunk);
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
      this.#fail(new Error(`The response has no Content-Length: ${this.#head}`));
      return;
    }
    this.#remainingBytes = length;
    this.#receiveBody(chunk.subarray(this.#head.length - before));
  }

  #receiveBody(chunk: Buffer): void {
    if (chunk.length > 0) this.#chunks.push(chunk);
    this.#remainingBytes -= chunk.length;
    if (this.#remainingBytes > 0) return;
    const pending = this.#pending;
    const response = new HttpResponse(this.#head, this.#chunks);
    this.#pending = undefined;
    this.#head = '';
    this.#chunks = [];
    pending?.resolve(response);
  }

  #fail(error: Error): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#socket.destroy();
    pending?.reject(error);
  }
}

/** Sends a request and measures the time to its response. @throws Error unless the status is 200 */
export async function sendTimed(
  connection: Connection,
  request: HttpRequest,
): Promise<{ response: HttpResponse; durationMs: number }> {
  const serialized = serializeRequest(request);
  const start = performance.now();
  const response = await connection.send(serialized);
  const durationMs = performance.now() - start;
  if (response.status !== 200)
    throw new Error(`${request.path} returned ${response.status}: ${response.body}`);
  return { response, durationMs };
}
