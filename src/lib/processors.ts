import { availableParallelism } from 'node:os';

/**
 * Returns how many threads or child processes a server process may keep busy: its share of the processors without the one
 * for its own event loop, and at least one.
 * @param workers how many server processes share this machine
 */
export const shareOfProcessors = (workers: number): number =>
  Math.max(1, Math.floor(availableParallelism() / workers) - 1);
