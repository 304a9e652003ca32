import type { LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { createResolve, type Resolve } from './resolve.ts';
import { hostOf } from './target.ts';

/** One POST that is to be made. */
export interface Posting {
  url: string;
  /** JSON text. */
  body: string;
  headers: Record<string, string>;
}

/** The response to a POST, a redirect included. */
export interface PostResult {
  status: number;
  /** The `Retry-After` header. */
  retryAfter: string | undefined;
}

/** Makes one POST. @throws RefusedTargetError, or another Error that says what went wrong */
export type Post = (posting: Posting, signal: AbortSignal) => Promise<PostResult>;

/** The URL leads to a place where webhooks may not go, so another attempt is useless. */
export class RefusedTargetError extends Error {}

export interface PostOptions {
  /** True if webhooks may go to an address. */
  isAllowed(address: string): boolean;
  /** Returns the addresses of a host name; the system's DNS servers by default. */
  resolve?: Resolve;
  /** Certificates of the authorities to trust, as PEM; those of Node.js by default. */
  ca?: string;
  /** Milliseconds until the connection must be established, lookup included, and until the response must have begun. */
  connectMs?: number;
  answerMs?: number;
}

const MAX_RESPONSE_BYTES = 64 * 1024;

/**
 * Makes POSTs to URLs that clients gave. Every address of the host is checked, and the connection goes to one of the
 * checked addresses. No redirect and no proxy is followed; time and size are bounded. Of the response only the status
 * and `Retry-After` matter; its body is read up to a limit, so that a well-behaved receiver is not cut off.
 */
export function createPost({
  isAllowed,
  resolve = createResolve(),
  ca,
  connectMs = 5000,
  answerMs = 10_000,
}: PostOptions): Post {
  return async ({ url, body, headers }, signal) => {
    const target = parseTarget(url);
    const attempt = new AbortController();
    const limit = (ms: number, what: string) =>
      setTimeout(() => attempt.abort(new Error(`${what} within ${ms / 1000} seconds`)), ms);
    const timers = [limit(connectMs, 'no connection'), limit(answerMs, 'no answer')];
    const interrupt = () => attempt.abort(new Error('it was interrupted'));
    signal.addEventListener('abort', interrupt, { once: true });
    if (signal.aborted) interrupt();
    try {
      const addresses = await untilAborted(allowedAddresses(hostOf(target), attempt.signal), attempt.signal);
      const request = (target.protocol === 'https:' ? https : http).request(target, {
        method: 'POST',
        // A new connection without the global agent: no proxy of the environment, and no pooled connection.
        agent: false,
        lookup: createPinnedLookup(addresses),
        rejectUnauthorized: true,
        ...(ca !== undefined && { ca }),
        headers: {
          ...headers,
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
          'User-Agent': 'taskgate',
          Connection: 'close',
        },
      });
      request.once('socket', (socket: Socket) => {
        socket.once('connect', () => {
          clearTimeout(timers[0]);
          // Nothing was sent yet: the head is sent with the body.
          if (isAllowed(socket.remoteAddress ?? '')) request.end(body);
          else request.destroy(refusalOf(socket.remoteAddress));
        });
      });
      attempt.signal.addEventListener('abort', () => request.destroy(reasonOf(attempt.signal)), {
        once: true,
      });
      return await responseTo(request).finally(() => request.destroy());
    } finally {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', interrupt);
    }
  };

  async function allowedAddresses(host: string, signal: AbortSignal): Promise<LookupAddress[]> {
    const family = isIP(host);
    if (family !== 0) {
      if (!isAllowed(host)) throw refusalOf(host);
      return [{ address: host, family }];
    }
    const addresses = (await resolve(host, signal)).filter(({ address }) => isAllowed(address));
    if (addresses.length > 0) return addresses;
    throw new RefusedTargetError(`${host} has no address that webhooks may go to`);
  }
}

const refusalOf = (address: string | undefined) =>
  new RefusedTargetError(`${address} is not an address that webhooks may go to`);

function parseTarget(text: string): URL {
  // The message of the parser's error holds the whole URL.
  if (!URL.canParse(text)) throw new RefusedTargetError('the URL is not valid');
  const url = new URL(text);
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new RefusedTargetError('the URL begins with neither http:// nor https://');
}

const reasonOf = ({ reason }: AbortSignal): Error =>
  reason instanceof Error ? reason : new Error(String(reason));

/** Settles as `work` does, or rejects as soon as the signal is aborted. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(reasonOf(signal));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Returns a lookup that asks nobody: the connection can go only to addresses that were checked. */
function createPinnedLookup(addresses: readonly LookupAddress[]): LookupFunction {
  return (hostname, { all }, done) => {
    const [first] = addresses;
    if (first === undefined) done(new Error(`${hostname} has no address`), []);
    else if (all) done(null, [...addresses]);
    else done(null, first.address, first.family);
  };
}

/** Settles when the response has ended or failed: with its head, if it had begun. */
function responseTo(request: http.ClientRequest): Promise<PostResult> {
  return new Promise((resolve, reject) => {
    let head: PostResult | undefined;
    const settle = (error: Error) => (head === undefined ? reject(error) : resolve(head));
    request.once('response', (response) => {
      const begun = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] };
      head = begun;
      let length = 0;
      const end = () => resolve(begun);
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > MAX_RESPONSE_BYTES) end();
      });
      response.on('error', end);
      response.once('close', end);
    });
    request.on('error', settle);
    request.once('close', () => settle(new Error('the connection was closed without an answer')));
  });
}
