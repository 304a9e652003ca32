import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { DocumentChecker } from './document-checker.ts';

/** A request, its response, and what the document says about both. */
export interface Exchange {
  /** Like `POST /tasks`. */
  line: string;
  /** The ids of the operations that document the response. */
  operations: string[];
  status: number;
  requestProblems: string[];
  responseProblems: string[];
}

/** A proxy in front of one API. */
export interface ValidatingProxy {
  /** Like `http://127.0.0.1:4010`. */
  url: string;
  close(): Promise<void>;
}

/**
 * Starts a proxy that passes requests on to a gateway and compares each request and response with a document.
 * @param target the port of the gateway, and the host name of its API
 * @param exchanges receives each exchange
 */
export async function openValidatingProxy(
  checker: DocumentChecker,
  target: { port: number; host: string },
  exchanges: Exchange[],
): Promise<ValidatingProxy> {
  async function exchange(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const sent = { ...(await receive(incoming)), method: incoming.method ?? '', target: incoming.url ?? '' };
    const response = await forward(target, sent);
    const received = { ...(await receive(response)), status: response.statusCode ?? 0 };
    const operations = checker.operationsOf(sent);
    exchanges.push({
      line: `${sent.method} ${sent.target}`,
      operations: operations.map(({ id }) => id),
      status: received.status,
      requestProblems: operations.flatMap((operation) => checker.requestProblems(operation, sent)),
      responseProblems: operations.flatMap((operation) =>
        checker.responseProblems(operation, sent.method, received),
      ),
    });
    outgoing.writeHead(received.status, response.rawHeaders);
    outgoing.end(received.bytes);
  }
  const server = createServer((incoming, outgoing) => {
    exchange(incoming, outgoing).catch((error: Error) => outgoing.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Guarantee of the cast: a server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Operations that also return 400 for the state of a task, whatever the request is. */
const STATEFUL_400 = ['retryTask'];

/**
 * Returns how exchanges deviate from the document: responses that it does not describe, accepted requests that it
 * forbids, and requests that it allows but that are invalid for the gateway.
 */
export function violationsOf(exchanges: readonly Exchange[]): string[] {
  return exchanges.flatMap(({ line, operations, status, requestProblems, responseProblems }) => {
    const accepted = status < 400 ? requestProblems.map((problem) => `it was accepted, but ${problem}`) : [];
    const isUnexplained =
      status === 400 && requestProblems.length === 0 && !operations.some((id) => STATEFUL_400.includes(id));
    const problems = [
      ...(operations.length === 0 ? ['the document has no such operation'] : []),
      ...responseProblems,
      ...accepted,
      ...(isUnexplained ? ['the document allows this request'] : []),
    ];
    return problems.map((problem) => `${line} returned ${status}: ${problem}`);
  });
}

async function receive(message: IncomingMessage) {
  const bytes = await buffer(message);
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(message.headersDistinct)) {
    for (const value of values) headers.append(name, value);
  }
  return { bytes, headers, rawHeaders: message.rawHeaders, body: bytes.toString() };
}

function forward(
  { port, host }: { port: number; host: string },
  sent: { method: string; target: string; headers: Headers; bytes: Buffer },
): Promise<IncomingMessage> {
  const headers = { ...Object.fromEntries(sent.headers), host };
  return new Promise((resolve, reject) => {
    const forwarded = request({ host: '127.0.0.1', port, path: sent.target, method: sent.method, headers });
    // After a response, an error of the request only means that the gateway did not read all of a large body.
    forwarded.on('response', resolve).on('error', reject);
    forwarded.end(sent.bytes);
  });
}
