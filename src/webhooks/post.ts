import { promises as dns, type LookupAddress } from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';

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
  /** Whether an address may be dialled. */
  isAllowed(address: string): boolean;
  /** The addresses of a host name; the system's own resolver without it. */
  resolve?(hostname: string): Promise<LookupAddress[]>;
  /** Milliseconds until the connection must stand, and until the answer must have begun. */
  connectMs?: number;
  answerMs?: number;
}

const MOST_OF_AN_ANSWER = 64 * 1024;

/**
 * Makes POSTs to addresses that strangers gave: only to those that are allowed, checked on the very address that is
 * dialled, without redirects or proxies, and bounded in time and size. Of the answer only the status matters; its body
 * is read so far, and dropped, that a well-behaved receiver is not cut off.
 */
export function createPost({
  isAllowed,
  resolve = (hostname) => dns.lookup(hostname, { all: true }),
  connectMs = 5000,
  answerMs = 10_000,
}: PostOptions): Post {
  const refuse = (address: string | undefined) =>
    isAllowed(address ?? '')
      ? undefined
      : new RefusedTargetError(`${address} is not an address that webhooks may go to`);
  const lookup = createGuardedLookup(resolve, isAllowed);

  return async ({ url, body, headers }, signal) => {
    // The message of the parser's error holds the whole URL.
    if (!URL.canParse(url)) throw new RefusedTargetError('the URL is not valid');
    const target = new URL(url);
    if (target.protocol !== 'http:' && target.protocol !== 'https:') {
      throw new RefusedTargetError('the URL begins with neither http:// nor https://');
    }
    // Node asks no lookup about an address; the parser has brought it into its one usual spelling.
    const host = target.hostname.replace(/^\[|\]$/g, '');
    const refusal = isIP(host) === 0 ? undefined : refuse(host);
    if (refusal) throw refusal;

    const request = (target.protocol === 'https:' ? https : http).request(target, {
      method: 'POST',
      // A connection of its own: one that is kept would not be looked up and checked again.
      agent: false,
      lookup,
      rejectUnauthorized: true,
      headers: {
        ...headers,
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(body),
        'User-Agent': 'taskgate',
        Connection: 'close',
      },
    });
    const limit = (ms: number, what: string) =>
      setTimeout(() => request.destroy(new Error(`${what} within ${ms / 1000} seconds`)), ms);
    const timers = [limit(connectMs, 'no connection'), limit(answerMs, 'no answer')];
    const abort = () => request.destroy(new Error('it was interrupted'));
    signal.addEventListener('abort', abort, { once: true });
    request.once('socket', (socket: Socket) => {
      socket.once('connect', () => {
        clearTimeout(timers[0]);
        // Nothing was sent yet: the head goes out with the body.
        const refused = refuse(socket.remoteAddress);
        if (refused) request.destroy(refused);
        else request.end(body);
      });
    });
    try {
      if (signal.aborted) abort();
      return await answerTo(request);
    } finally {
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      request.destroy();
    }
  };
}

/** Settles once the answer has ended, in whatever way: with its head, if it had begun. */
function answerTo(request: http.ClientRequest): Promise<PostResult> {
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
        if (length > MOST_OF_AN_ANSWER) end();
      });
      response.on('error', end);
      response.once('close', end);
    });
    request.on('error', settle);
    request.once('close', () => settle(new Error('the connection was closed without an answer')));
  });
}

/** Resolves a name to those of its addresses that may be dialled; none is an error. */
function createGuardedLookup(
  resolve: (hostname: string) => Promise<LookupAddress[]>,
  isAllowed: (address: string) => boolean,
): LookupFunction {
  return (hostname, { all }, done) => {
    resolve(hostname).then(
      (addresses) => {
        const allowed = addresses.filter(({ address }) => isAllowed(address));
        const [first] = allowed;
        if (first === undefined) {
          done(new RefusedTargetError(`${hostname} has no address that webhooks may go to`), []);
        } else if (all) {
          done(null, allowed);
        } else {
          done(null, first.address, first.family);
        }
      },
      (error) => done(error, []),
    );
  };
}
