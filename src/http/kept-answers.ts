/**
 * Answers that are sent again while nothing has changed. An answer is kept under everything that decided it (the
 * target, the Host and the credentials, byte for byte, as the client sent them) and the version of the data that it
 * was made from; it is sent again only to a request that is the same in all of that, at the same version. So it can
 * neither be stale nor reach another host, chain or credential, and a credential that was revoked (a change of the
 * data) or has expired (kept with the answer) opens nothing.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LRUCache } from 'lru-cache';
import { matchesEtag } from './etag.ts';

/** A 200 as it was sent, without its request id. */
export interface Answer {
  headers: Record<string, string>;
  etag: string;
  body: Buffer;
  /** Unix milliseconds from which on the credentials behind it are worth nothing; undefined when they last. */
  validUntil?: number | undefined;
}

export interface KeptAnswersOptions {
  /** A number that differs whenever the data may have changed. */
  version(): number;
  /** Unix milliseconds. */
  now(): number;
  /** The names, in lower case, of the request headers that decide an answer beside the target. */
  decidingHeaders: readonly string[];
  /** How many bytes of bodies and keys are kept at the most. */
  maxBytes: number;
}

interface Kept extends Answer {
  version: number;
  rawHeaders: string[];
}

/** What a request's answer may be kept as. */
export interface Keepable {
  key: string;
  version: number;
}

export function createKeptAnswers({ version, now, decidingHeaders, maxBytes }: KeptAnswersOptions) {
  const kept = new LRUCache<string, Kept>({
    maxSize: maxBytes,
    sizeCalculation: (answer, key) => answer.body.length + 2 * key.length + 1000,
  });
  const deciding = new Set(decidingHeaders);
  const decidingLengths = new Set(decidingHeaders.map((name) => name.length));
  let known: number | undefined;

  /** Read once per turn of the event loop: every request of the turn had begun to arrive before it was read. */
  function currentVersion(): number {
    if (known === undefined) {
      known = version();
      setImmediate(() => {
        known = undefined;
      });
    }
    return known;
  }

  function keyOf({ method, url = '', rawHeaders, socket }: IncomingMessage): string | undefined {
    if (method !== 'GET' || url.charCodeAt(0) !== SLASH) return undefined;
    let key = url;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i] ?? '';
      if (!decidingLengths.has(name.length)) continue;
      const lower = name.toLowerCase();
      if (deciding.has(lower)) key += `\n${lower}:${rawHeaders[i + 1]}`;
      // Whether a forwarded host counts depends on who forwards it.
      if (lower === 'x-forwarded-host') key += `\n${socket.remoteAddress}`;
    }
    return key;
  }

  return {
    /** Under what the answer to a request may be kept, or undefined when it may not. Ask before reading the data. */
    keepable(incoming: IncomingMessage): Keepable | undefined {
      const key = keyOf(incoming);
      return key === undefined ? undefined : { key, version: currentVersion() };
    },

    keep({ key, version: madeFrom }: Keepable, answer: Answer): void {
      const rawHeaders = Object.entries({ ...answer.headers, ETag: answer.etag }).flat();
      kept.set(key, { ...answer, version: madeFrom, rawHeaders });
    },

    /** Sends what is kept for this very request, if it still holds. @returns the status sent, or undefined */
    send(
      keepable: Keepable,
      incoming: IncomingMessage,
      outgoing: ServerResponse,
      requestId: string,
    ): number | undefined {
      const answer = kept.get(keepable.key);
      if (!answer || answer.version !== keepable.version) return undefined;
      if (answer.validUntil !== undefined && now() >= answer.validUntil) return undefined;
      const known = incoming.headers['if-none-match'];
      if (known !== undefined && matchesEtag(known, answer.etag)) {
        outgoing.writeHead(304, ['ETag', answer.etag, 'X-Request-Id', requestId]).end();
        return 304;
      }
      outgoing.writeHead(200, [...answer.rawHeaders, 'X-Request-Id', requestId]).end(answer.body);
      return 200;
    },
  };
}

export type KeptAnswers = ReturnType<typeof createKeptAnswers>;

const SLASH = 47;
