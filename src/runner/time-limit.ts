import type { Perform } from './perform.ts';

/** The action took longer than it may. */
export class RunTimeoutError extends Error {}

/**
 * Limits how long an action may take. When the time is over the action is asked to end; if it ends well even so, its
 * outcome counts.
 * @param limitMs at most 2^31 - 1
 * @throws RunTimeoutError in place of what an action throws that was asked to end
 */
export function withTimeLimit(perform: Perform, limitMs: number): Perform {
  return async (order, { log, signal }) => {
    signal.throwIfAborted();
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), limitMs);
    try {
      return await perform(order, { log, signal: AbortSignal.any([signal, timeout.signal]) });
    } catch (error) {
      if (!timeout.signal.aborted || signal.aborted) throw error;
      throw new RunTimeoutError(
        `The run took longer than ${limitMs / 1000} s and was ended; RUN_TIMEOUT sets the limit.`,
      );
    } finally {
      clearTimeout(timer);
    }
  };
}
