/** Long work in batches that share SQLite's lock with other writers. */
import { setTimeout } from 'node:timers/promises';
import type { Write } from '../write-queue.ts';
import type { WriteTransaction } from '../write-transaction.ts';

/** How long a batch holds the lock, if it is not said. */
const BATCH_MS = 250;

/** How long the lock stays free after a batch. Other writers try every 20 ms. */
const GAP_MS = 30;

/** The rest of a batch's time is for derived data and the sync of the disk. */
const MIN_WORK_SHARE = 0.2;
const MAX_WORK_SHARE = 0.9;

/** Runs work in a transaction; the work ends when `isTimeOver` says so. */
export type RunBatch = <T>(
  work: (transaction: WriteTransaction, isTimeOver: () => boolean) => T,
) => Promise<T>;

export function createTimedBatches(write: Write, batchMs = BATCH_MS): RunBatch {
  let endedAt = Number.NEGATIVE_INFINITY;
  let workShare = 0.5;
  return async (work) => {
    const pause = endedAt + GAP_MS - performance.now();
    if (pause > 0) await setTimeout(pause);
    let startedAt = 0;
    let workedMs = 0;
    try {
      const result = await write((transaction) => {
        startedAt = performance.now();
        const limit = startedAt + workShare * batchMs;
        const worked = work(transaction, () => performance.now() > limit);
        workedMs = performance.now() - startedAt;
        return worked;
      });
      const share = workedMs / (performance.now() - startedAt);
      workShare = Math.min(MAX_WORK_SHARE, Math.max(MIN_WORK_SHARE, (workShare + share) / 2));
      return result;
    } finally {
      endedAt = performance.now();
    }
  };
}
