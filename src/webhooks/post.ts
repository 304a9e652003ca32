import type { LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { parseUrl } from '../lib/parse-url.ts';
import { createResolve, type Resolve } from './resolve.ts';
import { hostOf } from './target.ts';

export interface PostRequest {
  url: string;
  /** JSON text. */
  body: string;
  headers: Record<string, string>;
}

/** The response to a POST. It may be a redirect. */
export interface PostResult {
  status: number;
  /** The `Retry-After` header. */
  retryAfter: string | undefined;
}

/** Sends one POST. @throws RefusedTargetError, or another Error with the reason */
export type Post = (request: PostRequest, signal: AbortSignal) => Promise<PostResult>;

/** Webhooks may not go to the URL, so there is no further attempt. */
export class RefusedTargetError extends Error {}

export interface PostOptions {
  /** True if webhooks may go to an address. */
  isAllowed(address: string): boolean;
  /** Returns the addresses of a host name. By default, it queries the system's DNS servers. */
  resolve?: Resolve;
  /** The certificates of trusted authorities in PEM format. The default is the list of Node.js. */
  ca?: string;
  /** Time limit for the lookup and the connection. */
  connectTimeoutMs?: number;
  /** Time limit for the start of the response, from the start of the attempt. */
  responseTimeoutMs?: number;
}

const MAX_RESPONSE_BYTES = 64 * 1024;

/**
 * Creates a function that sends POST requests to URLs of clients. Every address of the host is checked, and the
 * connection goes to a checked address. Redirects and proxies are not used. Only the status and `Retry-After` of the
 * response are used. Its body is read up to a limit, so that the receiver can finish sending.
 */
export function createPost({
  isAllowed,
  resolve = createResolve(),
  ca,
  connectTimeoutMs = 5000,
  responseTimeoutMs = 10_000,
}: PostOptions): Post {
  return async ({ url, body, headers }, signal) => {
    const target = parseTarget(url);
    const attempt = new AbortController();
    const abortAfter = (ms: number, missing: string) =>
      setTimeout(() => attempt.abort(new Error(`${missing} within ${ms / 1000} seconds`)), ms);
    const connectTimer = abortAfter(connectTimeoutMs, 'no connection');
    const responseTimer = abortAfter(responseTimeoutMs, 'no answer');
    const interrupt = () => attempt.abort(new Error('it was interrupted'));
    signal.addEventListener('abort', interrupt, { once: true });
    if (signal.aborted) interrupt();
    try {
      const addresses = await untilAborted(allowedAddresses(hostOf(target), attempt.signal), attempt.signal);
      const request = (target.protocol === 'https:' ? https : http).request(target, {
        method: 'POST',
        // Without an agent, neither a proxy of the environment nor a pooled connection is used.
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
          clearTimeout(connectTimer);
          // Nothing has been sent yet: Node sends the headers together with the body.
          if (isAllowed(socket.remoteAddress ?? '')) request.end(body);
          else request.destroy(refusalOf(socket.remoteAddress));
        });
      });
      attempt.signal.addEventListener('abort', () => request.destroy(reasonOf(attempt.signal)), {
        once: true,
      });
      return await responseTo(request).finally(() => request.destroy());
    } finally {
      clearTimeout(connectTimer);
      clearTimeout(responseTimer);
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
  // The message of the parser's error would contain the URL, so it is not used.
  const url = parseUrl(text);
  if (!url) throw new RefusedTargetError('the URL is not valid');
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new RefusedTargetError('the URL begins with neither http:// nor https://');
}

const reasonOf = ({ reason }: AbortSignal): Error =>
  reason instanceof Error ? reason : new Error(String(reason));

/** Returns the result of `work`, or rejects as soon as the signal is aborted. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(reasonOf(signal));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Returns a lookup without DNS queries. It returns the checked addresses, so that only these are connected to. */
function createPinnedLookup(addresses: readonly LookupAddress[]): LookupFunction {
  return (hostname, { all }, done) => {
    const [first] = addresses;
    if (first === undefined) done(new Error(`${hostname} has no address`), []);
    else if (all) done(null, [...addresses]);
    else done(null, first.address, first.family);
  };
}

/** Waits for the end of the response. Once it has begun, a failure of its body does not matter. */
function responseTo(request: http.ClientRequest): Promise<PostResult> {
  return new Promise((resolve, reject) => {
    let begunResult: PostResult | undefined;
    const settle = (error: Error) => (begunResult === undefined ? reject(error) : resolve(begunResult));
    request.once('response', (response) => {
      const result = { status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] };
      begunResult = result;
      let length = 0;
      const end = () => resolve(result);
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
