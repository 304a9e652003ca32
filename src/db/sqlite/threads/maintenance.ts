import { setTimeout } from 'node:timers/promises';
import { receiveError } from '../../error-transfer.ts';
import type { MaintenanceResult, MaintenanceTask } from './maintenance-worker.ts';
import { createThreads, type ThreadOptions } from './threads.ts';

/** How often each task is done, in milliseconds. A busy server writes some thousand pages of the log in one such time. */
const EVERY_MS: Readonly<Record<MaintenanceTask, number>> = { checkpoint: 250, index: 1000 };

/** The server answers first; its start has the processors to itself. */
const FIRST_AFTER_MS = 1000;

export interface Maintenance {
  /** Resolves when nothing of it runs. */
  stop(): Promise<void>;
}

/**
 * Keeps the search index up to date and the log of the database short, in a thread, so that neither requests nor searches
 * wait for it. One process of several does it for all. A task that fails is tried again; its error is reported once
 * until it succeeds.
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
    /** @returns true if more is left to do */
    const run = async () => {
      const result = await thread.run(task);
      if ('error' in result) return report(receiveError(result.error));
      hasFailed = false;
      return result.isMoreLeft;
    };
    await pause(FIRST_AFTER_MS);
    while (!signal.aborted) {
      // The thread itself can die.
      if (!(await run().catch(report))) await pause(EVERY_MS[task]);
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
