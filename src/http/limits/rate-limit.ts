/** Limits of requests per minute. Each process counts for itself. */
import type { Context, Env, MiddlewareHandler } from 'hono';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { ApiError } from '../errors.ts';

export const WINDOW_SECONDS = 60;

/** How a request was counted. */
export interface Counted {
  isAllowed: boolean;
  /** Seconds until the limit is whole again. */
  resetSeconds: number;
  /** `ratelimit-policy` and `ratelimit` (draft-ietf-httpapi-ratelimit-headers): alternating names and values. */
  rawHeaders: readonly [string, string, string, string];
}

export interface RateLimit {
  /** Counts one request. */
  count(key: string): Promise<Counted>;
}

/**
 * Creates a limit.
 * @param name the name of the limit in the headers
 * @param perMinute 0 for no limit
 */
export function createRateLimit(name: string, perMinute: number): RateLimit | undefined {
  if (perMinute === 0) return undefined;
  const limiter = new RateLimiterMemory({ points: perMinute, duration: WINDOW_SECONDS });
  const policy = `"${name}";q=${perMinute};w=${WINDOW_SECONDS}`;
  const counted = (isAllowed: boolean, { msBeforeNext, remainingPoints }: RateLimiterRes): Counted => {
    const resetSeconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
    const state = `"${name}";r=${remainingPoints};t=${resetSeconds}`;
    return { isAllowed, resetSeconds, rawHeaders: ['ratelimit-policy', policy, 'ratelimit', state] };
  };
  return {
    count: (key) =>
      limiter.consume(key).then(
        (result) => counted(true, result),
        (error: unknown) => {
          if (error instanceof RateLimiterRes) return counted(false, error);
          throw error;
        },
      ),
  };
}

/**
 * Creates middleware that counts each request and adds the headers of the limit to its response.
 * @param keyOf returns whose request it is, or undefined for a request that is not counted
 * @throws ApiError 429 when the limit is exceeded
 */
export const createRateLimiting = <E extends Env>(
  limit: RateLimit | undefined,
  keyOf: (c: Context<E>) => string | undefined,
): MiddlewareHandler<E> =>
  async function rateLimiting(c, next) {
    const key = limit && keyOf(c);
    if (limit && key !== undefined) {
      const { isAllowed, resetSeconds, rawHeaders } = await limit.count(key);
      const [policyName, policy, stateName, state] = rawHeaders;
      // A response may be subject to two limits.
      c.header(policyName, policy, { append: true });
      c.header(stateName, state, { append: true });
      if (!isAllowed) throw tooManyRequests('There were too many requests', resetSeconds);
    }
    await next();
  };

/** Returns the 429 of a limit. @param reason the begin of the sentence */
export const tooManyRequests = (reason: string, seconds: number) =>
  new ApiError('too_many_requests', `${reason}; try again in ${seconds} s.`, {
    'Retry-After': String(seconds),
  });
