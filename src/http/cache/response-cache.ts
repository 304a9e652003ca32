/**
 * Response cache for 200 responses to GET. Only current responses are sent; the key includes host and credentials.
 *
 * Hit:
 * 1. listener.ts receives the request, and cache-key.ts reads its cache key.
 * 2. PostgreSQL only: the listener waits for a round trip that began after the request arrived (db/postgres/versions.ts). It
 *    reads the data version and the versions of the entry's scopes. Requests that arrive during a round trip share the next.
 *    SQLite reads both versions when they are needed, without a promise.
 * 3. data-version.ts compares the entry's data version with the current one, and its scope version if they differ.
 *    Revoking a credential changes the scope `access`. An entry expires together with its credential. Figures are valid
 *    during their last hour or day, also if the clock is set back.
 * 4. The listener sends the stored bytes, or 304 if `If-None-Match` names the entry's ETag.
 *
 * Miss:
 * 1. The first request for a key becomes the leader; requests for the same key wait for it (coalesce.ts).
 * 2. The app answers the leader and passes its response to `storeResponse`, which adds an entry.
 * 3. Waiting requests that arrived before any new commit get that entry. Later ones get it only if it is current.
 *
 * The scope version of an entry is never newer than its data. SQLite reads it after the build and discards it if anything was
 * committed meanwhile. On PostgreSQL, it is the version that the previous entry's scopes had before the build, so constant
 * writes to other scopes do not make an entry stale. The first entry of a key gets its scope version at its first hit, if
 * nothing was committed in between.
 *
 * If the cache fails, or the round trip fails, the app answers.
 */
import { LRUCache } from 'lru-cache';
import type { Route } from '../route.ts';
import { SECURITY_HEADERS } from '../security-headers.ts';
import { type BuiltFrom, type DataVersions, isUnchanged, startReading } from './data-version.ts';

/** A 200 response without its request id. Header names are in lower case, as Hono sends them. */
export interface CachedResponse {
  headers: Readonly<Record<string, string>>;
  etag: string;
  body: Buffer;
  /** The scopes of all data that the response was built from. */
  scopes: BuiltFrom['scopes'];
  /** Unix milliseconds from which the response is right; undefined for always. A clock can be set back before them. */
  validFrom?: number | undefined;
  /** Unix milliseconds at which the credentials expire or the time changes the response; undefined for never. */
  validUntil?: number | undefined;
  /** The route of the request. */
  route?: Route;
  /** Whose requests the limits count it as; undefined for those of the client's address. */
  limitKey?: string | undefined;
}

export interface ResponseCacheOptions extends DataVersions {
  /** Unix milliseconds. */
  now(): number;
  /** Monotonic milliseconds. */
  clock(): number;
  /** Limit for bodies and keys together. */
  maxBytes: number;
}

/** A response in the cache, ready to be sent. */
export interface CacheEntry extends CachedResponse, BuiltFrom {
  /** Alternating header names and values, for 200 and for 304. */
  rawHeaders: readonly string[];
  notModifiedHeaders: readonly string[];
  /** Monotonic milliseconds before which a stale entry is not built again. */
  refreshAfter: number;
}

/** After a build, the next build of the same key waits for this ratio of the build time … */
const REFRESH_PAUSE_RATIO = 1;
/** … but not longer than this. */
const MAX_REFRESH_PAUSE_MS = 25;

/** Estimated bytes of an entry in addition to its body and key. */
const ENTRY_OVERHEAD_BYTES = 1000;

/** True for a header of a 304. */
const isOfNotModified = (name: string) =>
  NOT_MODIFIED_HEADERS.includes(name) || name.startsWith('access-control-');

const NOT_MODIFIED_HEADERS = ['cache-control', 'vary', 'etag', ...Object.keys(SECURITY_HEADERS)];

export function createResponseCache(options: ResponseCacheOptions) {
  const { now, clock, maxBytes, confirm } = options;
  const entries = new LRUCache<string, CacheEntry>({
    maxSize: maxBytes,
    sizeCalculation: (entry, key) => entry.body.length + 2 * key.length + ENTRY_OVERHEAD_BYTES,
  });

  function isValid({
    validFrom = Number.NEGATIVE_INFINITY,
    validUntil = Number.POSITIVE_INFINITY,
  }: CacheEntry) {
    const time = now();
    return validFrom <= time && time < validUntil;
  }

  return {
    dataVersion: options.dataVersion,

    /**
     * Reads the current versions for a key. Must be called after a request has arrived, before its entry is checked.
     * Undefined if the versions are current without it. Rejects with the errors of the database.
     */
    confirm: confirm && ((key: string): Promise<void> => confirm(entries.peek(key)?.scopes ?? [])),

    /** Returns true if the credentials of an entry have not expired, and its response is right at this time. */
    isValid,

    /** Returns the entry of a key, current or not, if it is valid. */
    find(key: string): CacheEntry | undefined {
      const entry = entries.get(key);
      return entry && isValid(entry) ? entry : undefined;
    },

    /** Returns true if an entry may be sent to a request that has just arrived. */
    isCurrent: (entry: CacheEntry): boolean => isUnchanged(entry, options),

    /**
     * Starts to build the response of a key. Must be called before the data is read.
     * @returns a function that stores the response and returns its entry
     */
    startBuild(key: string): (response: CachedResponse) => CacheEntry {
      const finishReading = startReading(options, entries.peek(key));
      const startedAt = clock();
      return (response) => {
        const endedAt = clock();
        const pause = Math.min(REFRESH_PAUSE_RATIO * (endedAt - startedAt), MAX_REFRESH_PAUSE_MS);
        const headers = Object.entries({ ...response.headers, etag: response.etag });
        const entry: CacheEntry = {
          ...response,
          ...finishReading(response.scopes),
          rawHeaders: headers.flat(),
          notModifiedHeaders: headers.filter(([name]) => isOfNotModified(name)).flat(),
          refreshAfter: endedAt + pause,
        };
        entries.set(key, entry);
        return entry;
      };
    },
  };
}

export type ResponseCache = ReturnType<typeof createResponseCache>;
