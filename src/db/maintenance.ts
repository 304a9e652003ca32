import { setTimeout } from 'node:timers/promises';
import type { Piscina } from 'piscina';
import type { MaintenanceTask } from './maintenance-worker.ts';
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
 * wait for it. One process of several does it for all.
 */
export function startMaintenance(options: ThreadOptions): Maintenance {
  const thread = createThreads<MaintenanceTask, boolean>(
    './maintenance-worker.js',
    { atOnce: 0, most: 1 },
    options,
  );
  const stopping = new AbortController();
  const loops = [repeat(thread, 'checkpoint', stopping.signal), repeat(thread, 'index', stopping.signal)];
  return {
    async stop() {
      stopping.abort();
      await thread.destroy();
      await Promise.all(loops);
    },
  };
}

async function repeat(
  thread: Piscina<MaintenanceTask, boolean>,
  task: MaintenanceTask,
  signal: AbortSignal,
): Promise<void> {
  const pause = (milliseconds: number) => setTimeout(milliseconds, undefined, { signal }).catch(() => {});
  await pause(FIRST_AFTER_MS);
  while (!signal.aborted) {
    // Another process may hold the database for long (an import); the next attempt follows soon.
    const isMoreLeft = await thread.run(task).catch(() => false);
    if (!isMoreLeft) await pause(EVERY_MS[task]);
  }
}
