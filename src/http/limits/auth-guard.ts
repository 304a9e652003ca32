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

  async function countAttempt(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      await failures.consume(key).catch((error: unknown) => {
        if (!(error instanceof RateLimiterRes)) throw error;
        const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
        throw tooManyRequests('There were too many failed attempts to authenticate', seconds);
      });
    }
  }

  return {
    async verify({ credentials, id, address }, verify) {
      const hash = hashSecret(credentials).toString('base64');
      const isKnown = known.has(hash);
      const keys = isKnown ? [] : keysOf(id, address);
      // Counted before the verification, so that attempts at the same time do not exceed the limit.
      await countAttempt(keys);
      const uncount = () => Promise.all(keys.map((key) => failures.reward(key)));
      const identity = await verify().catch(async (error: unknown) => {
        await uncount();
        throw error;
      });
      if (identity === undefined) known.delete(hash);
      else {
        known.set(hash, true);
        await uncount();
      }
      return identity;
    },
  };
}

/** The address first: what it tries in vain must not count against the id. */
const keysOf = (id: string | undefined, address: string | undefined) => [
  ...(address === undefined ? [] : [`address ${address}`]),
  ...(id === undefined ? [] : [`id ${id}`]),
];
