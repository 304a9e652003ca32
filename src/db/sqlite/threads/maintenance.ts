import { setTimeout } from 'node:timers/promises';
import { receiveError } from '../../error-transfer.ts';
import type { MaintenanceResult, MaintenanceTask } from './maintenance-worker.ts';
import { createThreads, type ThreadOptions } from './threads.ts';

/** How often each task runs. In one interval, a busy server writes some thousand pages of the write-ahead log. */
const INTERVAL_MS: Readonly<Record<MaintenanceTask, number>> = { checkpoint: 250, index: 1000 };

/** Maintenance begins after the start of the server, which needs the processors. */
const START_DELAY_MS = 1000;

export interface Maintenance {
  /** Resolves when no task runs any more. */
  stop(): Promise<void>;
}

/**
 * Starts a thread that updates the search index and runs checkpoints, so that requests and searches do not wait for them. If
 * several processes serve one database, one of them does this for all. A failed task is retried. Its error is reported
 * once until the task succeeds.
 */
export function startMaintenance(options: ThreadOptions): Maintenance {
  const thread = createThreads<MaintenanceTask, MaintenanceResult>(
    './maintenance-worker.js',
    { minThreads: 0, maxThreads: 1 },
    options,
  );
  const stopping = new AbortController();
  const { signal } = stopping;
  const pause = (milliseconds: number) => setTimeout(milliseconds, undefined, { signal }).catch(() => {});

  async function repeat(task: MaintenanceTask): Promise<void> {
    let hasFailed = false;
    const report = (error: unknown) => {
      if (!hasFailed && !signal.aborted) options.reportError(error);
      hasFailed = true;
      return false;
    };
    /** @returns true if there is more to do */
    const run = async () => {
      const result = await thread.run(task);
      if ('error' in result) return report(receiveError(result.error));
      hasFailed = false;
      return result.hasMore;
    };
    await pause(START_DELAY_MS);
    while (!signal.aborted) {
      // The promise is rejected if the thread dies.
      if (!(await run().catch(report))) await pause(INTERVAL_MS[task]);
    }
  }

  const loops = [repeat('checkpoint'), repeat('index')];
  return {
    async stop() {
      stopping.abort();
      await thread.destroy();
      await Promise.all(loops);
    },
  };
}
