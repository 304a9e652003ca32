/** Limits the requests of a reader who asks for a refresh again and again (a token bucket). */

/** Requests that need no wait after a rest. With one more per interval of 5 seconds, these are 14 a minute. */
const BURST = 2;

/** All times are milliseconds of one clock that never goes back, such as `performance.now()`. */
export interface RequestBudget {
  /** Returns the time from which a request is within the limit. */
  nextAt(now: number): number;
  /** Counts a request that is made now. */
  spend(now: number): void;
}

/** Creates a budget of two requests at once, and one more per interval. */
export function createRequestBudget(intervalMs: number): RequestBudget {
  /** When the budget is whole again. */
  let wholeAt = 0;
  return {
    nextAt: (now) => Math.max(now, wholeAt - (BURST - 1) * intervalMs),
    spend(now) {
      wholeAt = Math.max(now, wholeAt) + intervalMs;
    },
  };
}
