import { receiveError } from '../../error-transfer.ts';
import type { HdpTaskRow } from '../../rows.ts';
import { BusyError, type Page, type Slice } from '../../store.ts';
import type { SearchResult, SearchTask } from './search-worker.ts';
import { createThreads, type ThreadOptions } from './threads.ts';

export interface SearchPoolOptions extends ThreadOptions {
  threads: number;
  /** The maximum number of searches that wait for a thread. */
  maxQueued: number;
}

/** Runs searches in worker threads, so that a long search does not block other requests. */
export interface SearchPool {
  /** Runs `HdpTaskQueries.list` in a thread. @throws BusyError if too many searches wait already */
  search(term: string, slice: Slice): Promise<Page<HdpTaskRow>>;
  close(): Promise<void>;
}

/** Creates the pool and starts its threads. */
export function createSearchPool({ threads, maxQueued, ...options }: SearchPoolOptions): SearchPool {
  const pool = createThreads<SearchTask, SearchResult>(
    './search-worker.js',
    { minThreads: threads, maxThreads: threads },
    options,
  );
  return {
    async search(term, slice) {
      if (pool.queueSize >= maxQueued) throw new BusyError('Too many searches wait already.');
      const result = await pool.run({ term, slice });
      if ('error' in result) throw receiveError(result.error);
      return result.page;
    },
    close: () => pool.destroy(),
  };
}
