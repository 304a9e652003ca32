/** Splits long work into batches, so that other writers get SQLite's lock between them. */
import { setTimeout } from 'node:timers/promises';
import type { Write } from '../write-queue.ts';
import type { WriteTransaction } from '../write-transaction.ts';

/** The default time for which a batch holds the lock. */
const DEFAULT_BATCH_MS = 250;

/** The time for which the lock stays free after a batch. Other writers try every 20 ms. */
const PAUSE_MS = 30;

/** The part of a batch's time for the work. The rest is for derived data and the commit. */
const MIN_WORK_SHARE = 0.2;
const MAX_WORK_SHARE = 0.9;

/** Runs `work` in a transaction. `work` must return soon after `isTimeOver()` is true. */
export type RunBatch = <T>(
  work: (transaction: WriteTransaction, isTimeOver: () => boolean) => T,
) => Promise<T>;

/** Creates a function that runs batches, each for about `batchMs`. */
export function createTimedBatches(write: Write, batchMs = DEFAULT_BATCH_MS): RunBatch {
  let endedAt = Number.NEGATIVE_INFINITY;
  let workShare = 0.5;
  return async (work) => {
    const pause = endedAt + PAUSE_MS - performance.now();
    if (pause > 0) await setTimeout(pause);
    let startedAt = 0;
    let workedMs = 0;
    try {
      const result = await write((transaction) => {
        startedAt = performance.now();
        const limit = startedAt + workShare * batchMs;
        const value = work(transaction, () => performance.now() > limit);
        workedMs = performance.now() - startedAt;
        return value;
      });
      const share = workedMs / (performance.now() - startedAt);
      workShare = Math.min(MAX_WORK_SHARE, Math.max(MIN_WORK_SHARE, (workShare + share) / 2));
      return result;
    } finally {
      endedAt = performance.now();
    }
  };
}
