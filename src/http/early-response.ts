/** Responses that the server sends itself, before a request reaches an API. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { isRequestId } from './request-id.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

/** Why the server refuses a request before it reaches an API. */
export interface Refusal {
  status: number;
  /** One sentence for the client. */
  error: string;
  /** Response headers in addition to those that every refusal has. */
  headers?: Record<string, string>;
}

const commonHeaders = (body: string, requestId: string): Record<string, string> => ({
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Length': String(Buffer.byteLength(body)),
  'Cache-Control': 'no-store',
  'X-Request-Id': requestId,
  ...SECURITY_HEADERS,
});

const bodyOf = ({ error }: Refusal) => JSON.stringify({ error });

/** Sends a refusal as the response to a request that Node's parser accepted. */
export function sendRefusal(outgoing: ServerResponse, refusal: Refusal, requestId: string): void {
  const body = bodyOf(refusal);
  outgoing.writeHead(refusal.status, { ...commonHeaders(body, requestId), ...refusal.headers }).end(body);
}

/**
 * Returns a refusal as HTTP text, for a socket without a response object.
 * @param isHead true for a HEAD request, whose response has no body
 */
export function rawRefusal(refusal: Refusal, requestId: string, { now = new Date(), isHead = false } = {}) {
  const body = bodyOf(refusal);
  const headers = {
    ...commonHeaders(body, requestId),
    ...refusal.headers,
    Date: now.toUTCString(),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const { status } = refusal;
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${isHead ? '' : body}`;
}

/** Returns the request id of the client if it is 1 to 128 visible ASCII characters (contract C), or a new one. */
export function requestIdOf({ headers }: IncomingMessage, newRequestId: () => string): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && isRequestId(given) ? given : newRequestId();
}
