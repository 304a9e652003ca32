/**
 * Answers that are sent again while nothing has changed. An answer is kept under everything that decided it (the
 * target, the Host and the credentials, byte for byte, as the client sent them) with the revision of the data that it
 * was made from; it is sent again only to a request that is the same in all of that, at the same revision. So it can
 * neither be stale nor reach another host, chain or credential, and a credential that was revoked (a change of the
 * data) or has expired (kept with the answer) opens nothing.
 *
 * While somebody writes all the time, an answer would be made anew for every commit. So one that has just been made is
 * not due again before as much time has gone by as it took: requests that come meanwhile wait for the next one (turns.ts).
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { Scope } from '../db/store.ts';
import { createPolledVersion } from './polled-version.ts';

/** A 200 as it was sent, without its request id. */
export interface Answer {
  headers: Record<string, string>;
  etag: string;
  body: Buffer;
  /** Every part of the data that it was made from. */
  scopes: readonly Scope[];
  /** Unix milliseconds from which on the credentials behind it are worth nothing; undefined when they last. */
  validUntil?: number | undefined;
}

export interface KeptAnswersOptions {
  /** A number that differs whenever the data may have changed. */
  version(): number;
  /** A number that differs whenever the data in one of the scopes may have changed. */
  revision(scopes: readonly Scope[]): number;
  /** Unix milliseconds. */
  now(): number;
  /** Milliseconds that only go forward. */
  clock(): number;
  /** The names, in lower case, of the request headers that decide an answer beside the target. */
  decidingHeaders: readonly string[];
  /** How many bytes of bodies and keys are kept at the most. */
  maxBytes: number;
}

/** An answer that is kept, and what sending it again takes. */
export interface Kept extends Answer {
  /** The latest version at which it was seen to hold, and the revision of its scopes ever since it was made. */
  version: number;
  revision: number;
  /** Names and values in turn, the entity tag included. */
  rawHeaders: readonly string[];
  /** Milliseconds of the clock: when it began to be made, and before when it is not worth making anew. */
  begunAt: number;
  dueAt: number;
}

/** What a request asks for: under what its answer may be kept, and how a kept one is to be sent. */
export interface Asked {
  key: string;
  /** The headers of these names, several of one joined as Node joins them. */
  host?: string;
  ifNoneMatch?: string;
  requestId?: string;
}

/** Making the same answer anew takes at most half of the time; but nobody waits longer than this for its turn. */
const REST = 1;
const LONGEST_REST_MS = 25;

export function createKeptAnswers({
  version,
  revision,
  now,
  clock,
  decidingHeaders,
  maxBytes,
}: KeptAnswersOptions) {
  const kept = new LRUCache<string, Kept>({
    maxSize: maxBytes,
    sizeCalculation: (answer, key) => answer.body.length + 2 * key.length + 1000,
  });
  const polledVersion = createPolledVersion(version);
  const deciding = new Set(decidingHeaders);
  const readLengths = new Set(
    [...decidingHeaders, 'if-none-match', 'x-request-id'].map(({ length }) => length),
  );

  return {
    /** What a request asks for, or undefined when its answer may not be kept. */
    read({ method, url = '', rawHeaders, socket }: IncomingMessage): Asked | undefined {
      if (method !== 'GET' || url.charCodeAt(0) !== SLASH) return undefined;
      // From the raw headers: the object that Node makes of them costs as much as all else here.
      const asked: Asked = { key: url };
      for (let i = 0; i < rawHeaders.length; i += 2) {
        const name = rawHeaders[i] ?? '';
        if (!readLengths.has(name.length)) continue;
        const lower = name.toLowerCase();
        const value = rawHeaders[i + 1] ?? '';
        if (deciding.has(lower)) asked.key += `\n${lower}:${value}`;
        // Whether a forwarded host counts depends on who forwards it.
        if (lower === 'x-forwarded-host') asked.key += `\n${socket.remoteAddress}`;
        else if (lower === 'host') asked.host ??= value;
        else if (lower === 'if-none-match') asked.ifNoneMatch = joined(asked.ifNoneMatch, value);
        else if (lower === 'x-request-id') asked.requestId = joined(asked.requestId, value);
      }
      return asked;
    },

    /** @returns keeps the answer that is made from now on for what was asked; call it before reading the data */
    keeperFor({ key }: Asked): (answer: Answer) => void {
      const madeFrom = version();
      const begunAt = clock();
      return (answer) => {
        const rawHeaders = Object.entries({ ...answer.headers, ETag: answer.etag }).flat();
        const madeAt = clock();
        const dueAt = madeAt + Math.min(REST * (madeAt - begunAt), LONGEST_REST_MS);
        // Read before the version: if that is still the same, nothing has changed since before the answer was made.
        const held = revision(answer.scopes);
        const state = { version: madeFrom, revision: version() === madeFrom ? held : Number.NaN };
        kept.set(key, { ...answer, ...state, rawHeaders, begunAt, dueAt });
      };
    },

    /** Whether an answer still holds for a request that the socket has just brought. */
    isCurrent(answer: Kept, socket: Socket): boolean {
      const current = polledVersion(socket);
      if (answer.version === current) return true;
      if (answer.revision !== revision(answer.scopes)) return false;
      answer.version = current;
      return true;
    },

    /** What is kept for this very request, of whatever version; undefined when its credentials may have expired. */
    find({ key }: Asked): Kept | undefined {
      const answer = kept.get(key);
      if (answer?.validUntil !== undefined && now() >= answer.validUntil) return undefined;
      return answer;
    },
  };
}

export type KeptAnswers = ReturnType<typeof createKeptAnswers>;

const joined = (before: string | undefined, value: string) =>
  before === undefined ? value : `${before}, ${value}`;

const SLASH = 47;
