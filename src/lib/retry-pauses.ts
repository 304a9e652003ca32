import { LRUCache } from 'lru-cache';

export interface RetryPausesOptions {
  /** Unix milliseconds. */
  now(): number;
  /** The pause after the first failure, in milliseconds; it doubles with every further one. */
  firstPauseMs: number;
  maxPauseMs: number;
}

/** A failure that was counted. */
export interface CountedFailure {
  /** Failures in a row, this one included. */
  failures: number;
  /** Unix milliseconds. */
  retryAt: number;
}

/** Remembers what has failed, so that it is left alone for a while and does not keep others waiting. */
export interface RetryPauses<Key> {
  /** Counts a failure and begins a pause. */
  fail(key: Key): CountedFailure;
  /** Forgets the failures of a key. */
  succeed(key: Key): void;
  isPaused(key: Key): boolean;
  /** Returns the keys whose pause is not over. */
  paused(): Key[];
  /** True if as many keys are paused as can be remembered. */
  isFull(): boolean;
}

/** Bounds the memory, and the list of exceptions that a query is given. */
const MAX_KEYS = 1000;

export function createRetryPauses<Key extends string | number>({
  now,
  firstPauseMs,
  maxPauseMs,
}: RetryPausesOptions): RetryPauses<Key> {
  const counted = new LRUCache<Key, CountedFailure>({ max: MAX_KEYS });
  // A pause that ends later than it could began before the clock was put back.
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
