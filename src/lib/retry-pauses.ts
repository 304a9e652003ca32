import { LRUCache } from 'lru-cache';

export interface RetryPausesOptions {
  /** Unix milliseconds. */
  now(): number;
  /** The pause after the first failure, in milliseconds. It doubles with each further failure. */
  firstPauseMs: number;
  maxPauseMs: number;
}

/** The state of a key after a failure. */
export interface CountedFailure {
  /** The number of consecutive failures, including this one. */
  failures: number;
  /** Unix milliseconds. */
  retryAt: number;
}

/** Exponential backoff: pauses keys after a failure, so that other keys do not wait for them. */
export interface RetryPauses<Key> {
  /** Counts a failure and begins a pause. */
  fail(key: Key): CountedFailure;
  /** Removes the failures of a key. */
  succeed(key: Key): void;
  isPaused(key: Key): boolean;
  /** Returns the keys whose pause is not over. */
  paused(): Key[];
  /** True if the maximum number of keys is paused. */
  isFull(): boolean;
}

/** Limits the memory, and the list of excluded keys in a query. */
const MAX_KEYS = 1000;

export function createRetryPauses<Key extends string | number>({
  now,
  firstPauseMs,
  maxPauseMs,
}: RetryPausesOptions): RetryPauses<Key> {
  const counted = new LRUCache<Key, CountedFailure>({ max: MAX_KEYS });
  // A pause that ends after `maxPauseMs` began before the clock was set back.
  const isOver = ({ retryAt }: CountedFailure) => retryAt <= now() || retryAt > now() + maxPauseMs;
  const paused = () => [...counted].filter(([, failure]) => !isOver(failure)).map(([key]) => key);
  return {
    fail(key) {
      const failures = (counted.peek(key)?.failures ?? 0) + 1;
      const pause = Math.min(firstPauseMs * 2 ** (failures - 1), maxPauseMs);
      const failure = { failures, retryAt: now() + pause };
      counted.set(key, failure);
      return failure;
    },
    succeed: (key) => void counted.delete(key),
    isPaused(key) {
      const failure = counted.peek(key);
      return failure !== undefined && !isOver(failure);
    },
    paused,
    isFull: () => paused().length >= MAX_KEYS,
  };
}
