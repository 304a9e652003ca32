/** Folds pending changes in the background, so that readers add up only a few. */
import { setTimeout } from 'node:timers/promises';
import { isUnavailable } from '../errors.ts';

/** Changes of one transaction. Larger batches cost less for each change, and hold the lock longer. */
const BATCH_SIZE = 2000;

/** The pause between two looks for pending changes. It doubles with each failure. */
const INTERVAL_MS = 100;
const MAX_INTERVAL_MS = 5000;

/** How long `stop` waits for a batch, which another transaction may block. Nothing is lost if it is cut. */
const STOP_TIMEOUT_MS = 1000;

export interface FoldingOptions {
  /** Folds up to `batch` changes. @returns the number of folded changes */
  fold(batch: number): Promise<number>;
  /** Receives the error of a batch. The next one follows. */
  reportError(error: unknown): void;
}

/** Folds until few changes are pending, or another process folds. @param fold as in FoldingOptions */
export async function foldAll(fold: FoldingOptions['fold']): Promise<void> {
  let folded = BATCH_SIZE;
  while (folded >= BATCH_SIZE) folded = await fold(BATCH_SIZE);
}

/** Starts to fold. Of all processes that do it, one folds at a time. */
export function startFolding({ fold, reportError }: FoldingOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;

  let interval = INTERVAL_MS;

  async function foldOnce(): Promise<number> {
    try {
      const folded = await fold(BATCH_SIZE);
      interval = INTERVAL_MS;
      return folded;
    } catch (error) {
      // Requests report that the database is unavailable.
      if (!isUnavailable(error)) reportError(error);
      interval = Math.min(2 * interval, MAX_INTERVAL_MS);
      return 0;
    }
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const folded = await foldOnce();
      if (folded < BATCH_SIZE) await setTimeout(interval, undefined, { signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await Promise.race([running, setTimeout(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}
