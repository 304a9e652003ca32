import type { RunAction } from './run-action.ts';

/** The action exceeded its time limit. */
export class RunTimeoutError extends Error {}

/**
 * Limits the run time of an action. When the time is over, the action is aborted. If it still returns a result, the
 * result counts.
 * @param limitMs at most 2^31 - 1
 * @throws RunTimeoutError if the aborted action throws
 */
export function withTimeLimit(runAction: RunAction, limitMs: number): RunAction {
  return async (input, { log, signal }) => {
    signal.throwIfAborted();
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), limitMs);
    try {
      return await runAction(input, { log, signal: AbortSignal.any([signal, timeout.signal]) });
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
