import { LRUCache } from 'lru-cache';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { hashSecret } from '../secrets.ts';
import { tooManyRequests, WINDOW_SECONDS } from './rate-limit.ts';

/** Credentials that a request presents. */
export interface Attempt {
  /** The credentials as they were sent. */
  credentials: string;
  /** The id that they name; undefined if it is part of the secret. */
  id: string | undefined;
  /** Undefined without a connection. */
  address: string | undefined;
}

/** Limits how many secrets can be tried. */
export interface AuthGuard {
  /**
   * Verifies credentials. Credentials that were valid before are not counted, so nobody can lock out their owner.
   * @param verify returns the identity, or undefined if the credentials are wrong
   * @throws ApiError 429 after too many failures for the address or the id
   */
  verify<Identity>(
    attempt: Attempt,
    verify: () => Promise<Identity | undefined>,
  ): Promise<Identity | undefined>;
}

/** How many valid credentials are remembered … */
const MAX_KNOWN = 10_000;
/** … and for how long. */
const KNOWN_MS = 24 * 60 * 60 * 1000;

/** @param failuresPerMinute of one address, and of one id; 0 for no limit */
export function createAuthGuard(failuresPerMinute: number): AuthGuard {
  if (failuresPerMinute === 0) return { verify: (_, verify) => verify() };
  /** Hashes, so that no secret stays in memory. */
  const known = new LRUCache<string, true>({ max: MAX_KNOWN, ttl: KNOWN_MS });
  const failures = new RateLimiterMemory({ points: failuresPerMinute, duration: WINDOW_SECONDS });

  /** The attempts in progress by key. */
  const running = new Map<string, Set<Promise<void>>>();

  const uncount = (keys: readonly string[]) => Promise.all(keys.map((key) => failures.reward(key)));

  /** Counts an attempt for all keys or none. @returns the key whose limit is exceeded, with the seconds to wait */
  async function count(keys: readonly string[]): Promise<{ key: string; seconds: number } | undefined> {
    for (const [place, key] of keys.entries()) {
      const refused = await failures.consume(key).then(
        () => undefined,
        (error: unknown) => {
          if (error instanceof RateLimiterRes) return error;
          throw error;
        },
      );
      if (!refused) continue;
      // The library also counts what it refuses.
      await uncount(keys.slice(0, place + 1));
      return { key, seconds: Math.max(1, Math.ceil(refused.msBeforeNext / 1000)) };
    }
    return undefined;
  }

  /** Registers an attempt in progress. @returns a function that ends it */
  function begin(keys: readonly string[]): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const key of keys) running.set(key, (running.get(key) ?? new Set()).add(promise));
    return () => {
      for (const key of keys) {
        const others = running.get(key);
        others?.delete(promise);
        if (others?.size === 0) running.delete(key);
      }
      resolve();
    };
  }

  /** One attempt is counted at a time, because a refused one is counted for a moment. */
  let counting: Promise<unknown> = Promise.resolve();

  /** @returns a function that ends the attempt; the limit if it is exceeded */
  function countNext(keys: readonly string[]): Promise<(() => void) | { key: string; seconds: number }> {
    const counted = counting.then(async () => (await count(keys)) ?? begin(keys));
    counting = counted.catch(() => {});
    return counted;
  }

  /**
   * Counts an attempt. If the limit is exceeded while others are verified, it waits for them, because valid ones do not count.
   * @returns a function that ends the attempt; undefined if its credentials have become known
   */
  async function countAttempt(
    keys: readonly string[],
    isKnown: () => boolean,
  ): Promise<(() => void) | undefined> {
    while (!isKnown()) {
      const result = await countNext(keys);
      if (typeof result === 'function') return result;
      const others = running.get(result.key);
      if (!others)
        throw tooManyRequests('There were too many failed attempts to authenticate', result.seconds);
      await Promise.race(others);
    }
    return undefined;
  }

  return {
    async verify({ credentials, id, address }, verify) {
      const hash = hashSecret(credentials).toString('base64');
      const keys = keysOf(id, address);
      // Counted before the verification, so that attempts at the same time do not exceed the limit.
      const end = await countAttempt(keys, () => known.has(hash));
      let isFailure = false;
      try {
        const identity = await verify();
        isFailure = identity === undefined;
        if (isFailure) known.delete(hash);
        else known.set(hash, true);
        return identity;
      } finally {
        if (end && !isFailure) await uncount(keys);
        end?.();
      }
    },
  };
}

/** The address first: what it tries in vain must not count against the id. */
const keysOf = (id: string | undefined, address: string | undefined) => [
  ...(address === undefined ? [] : [`address ${address}`]),
  ...(id === undefined ? [] : [`id ${id}`]),
];
