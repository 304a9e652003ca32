/**
 * Response cache for 200 responses to GET. The key holds everything that determines a response (cache-key.ts). An entry
 * stores the data version and the scope version that it was built from and is served only while its scope version is
 * current, so that a response is never stale and never crosses hosts, chains or credentials: revoking a credential
 * changes the scope `access`, and the expiry of a credential is stored with the entry.
 *
 * Hit: the listener reads the key, finds the entry and compares its version with one reading of the data version.
 * Miss: the first request for a key (the leader) runs the app, which stores the response; requests for the same key that
 * arrive meanwhile (the followers) are answered with it (coalesce.ts). The cache only saves work: when it fails, the app
 * answers.
 */
import { LRUCache } from 'lru-cache';
import type { Scope } from '../../db/store.ts';

/** A 200 response without its request id. Header names are in lower case, as Hono sends them. */
export interface CachedResponse {
  headers: Readonly<Record<string, string>>;
  etag: string;
  body: Buffer;
  /** The scopes of all data that the response was built from. */
  scopes: readonly Scope[];
  /** Unix milliseconds at which the credentials expire; undefined when they do not. */
  validUntil?: number | undefined;
}

export interface ResponseCacheOptions {
  /** Changes with every commit of any connection. @throws what the database throws */
  dataVersion(): number;
  /** Changes with every change of the data in one of the scopes. @throws what the database throws */
  scopeVersion(scopes: readonly Scope[]): number;
  /** Unix milliseconds. */
  now(): number;
  /** Monotonic milliseconds. */
  clock(): number;
  /** Bound of bodies and keys together, in bytes. */
  maxBytes: number;
}

/** A response in the cache, with all that sending it takes. */
export interface CacheEntry extends CachedResponse {
  /** The latest data version at which the entry was current. */
  dataVersion: number;
  scopeVersion: number;
  /** Header names and values in turn, for 200 and for 304. */
  rawHeaders: readonly string[];
  notModifiedHeaders: readonly string[];
  /** Monotonic milliseconds before which a stale entry is not built again. */
  refreshAfter: number;
}

/** While the data changes all the time, building one response again takes at most half of the time … */
const REFRESH_PAUSE_RATIO = 1;
/** … and nobody waits longer than this for a build to begin. */
const MAX_REFRESH_PAUSE_MS = 25;

/** What an entry costs beside its body and key, in bytes. */
const ENTRY_OVERHEAD = 1000;

const NOT_MODIFIED_HEADERS = ['cache-control', 'vary', 'etag'];

export function createResponseCache(options: ResponseCacheOptions) {
  const { dataVersion, scopeVersion, now, clock, maxBytes } = options;
  const entries = new LRUCache<string, CacheEntry>({
    maxSize: maxBytes,
    sizeCalculation: (entry, key) => entry.body.length + 2 * key.length + ENTRY_OVERHEAD,
  });

  const isExpired = ({ validUntil }: CacheEntry) => validUntil !== undefined && now() >= validUntil;

  return {
    dataVersion,
    /** Whether the credentials behind an entry have expired. */
    isExpired,

    /** The entry of a key, current or not; undefined when its credentials have expired. */
    find(key: string): CacheEntry | undefined {
      const entry = entries.get(key);
      return entry && isExpired(entry) ? undefined : entry;
    },

    /** Whether an entry may answer a request that has arrived. Reads the data version once. */
    isCurrent(entry: CacheEntry): boolean {
      const current = dataVersion();
      if (entry.dataVersion === current) return true;
      if (entry.scopeVersion !== scopeVersion(entry.scopes)) return false;
      entry.dataVersion = current;
      return true;
    },

    /**
     * Begins to build the response of a key; call it before the data is read.
     * @returns stores the response and gives its entry
     */
    build(key: string): (response: CachedResponse) => CacheEntry {
      const builtFrom = dataVersion();
      const startedAt = clock();
      return (response) => {
        const endedAt = clock();
        const pause = Math.min(REFRESH_PAUSE_RATIO * (endedAt - startedAt), MAX_REFRESH_PAUSE_MS);
        // Read before the data version: if that is unchanged, so was the scope version while the response was built.
        const scope = scopeVersion(response.scopes);
        const headers = Object.entries({ ...response.headers, etag: response.etag });
        const entry: CacheEntry = {
          ...response,
          dataVersion: builtFrom,
          scopeVersion: dataVersion() === builtFrom ? scope : Number.NaN,
          rawHeaders: headers.flat(),
          notModifiedHeaders: headers.filter(([name]) => NOT_MODIFIED_HEADERS.includes(name)).flat(),
          refreshAfter: endedAt + pause,
        };
        entries.set(key, entry);
        return entry;
      };
    },
  };
}

export type ResponseCache = ReturnType<typeof createResponseCache>;
