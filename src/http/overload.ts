import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Tells whether this process has more work than it can do. */
export interface OverloadDetector {
  /** True while work waits longer for the event loop than is allowed. */
  isOverloaded(): boolean;
  stop(): void;
}

/** How often the delay is sampled … */
const RESOLUTION_MS = 20;
/** … and for how long samples are collected, so that one slow query is no overload. */
const WINDOW_MS = 1000;

/** @param maxDelayMs the mean delay of a second that is allowed; 0 for no limit */
export function createOverloadDetector(maxDelayMs: number): OverloadDetector {
  if (maxDelayMs === 0) return { isOverloaded: () => false, stop: () => {} };
  const samples = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let isOverloaded = false;
  samples.enable();
  const timer = setInterval(() => {
    // The samples contain the time from one to the next.
    if (samples.count > 0) isOverloaded = samples.mean / 1e6 - RESOLUTION_MS > maxDelayMs;
    samples.reset();
  }, WINDOW_MS).unref();
  return {
    isOverloaded: () => isOverloaded,
    stop() {
      clearInterval(timer);
      samples.disable();
    },
  };
}
