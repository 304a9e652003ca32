import { receiveError } from '../../error-transfer.ts';
import type { HdpTaskRow } from '../../rows.ts';
import { BusyError, type Page, type Slice } from '../../store.ts';
import type { SearchResult, SearchTask } from './search-worker.ts';
import { createThreads, type ThreadOptions } from './threads.ts';

export interface SearchPoolOptions extends ThreadOptions {
  threads: number;
  /** How many searches may wait for a thread; one more is refused. */
  maxWaiting: number;
}

/** Searches run in worker threads, so that however long one takes, nobody else waits for it. */
export interface SearchPool {
  /** As `HdpTaskQueries.list`. @throws BusyError when too many searches wait already */
  search(term: string, slice: Slice): Promise<Page<HdpTaskRow>>;
  close(): Promise<void>;
}

/** Starts the threads. */
export function createSearchPool({ threads, maxWaiting, ...options }: SearchPoolOptions): SearchPool {
  const pool = createThreads<SearchTask, SearchResult>(
    './search-worker.js',
    { minThreads: threads, maxThreads: threads },
    options,
  );
  return {
    async search(term, slice) {
      if (pool.queueSize >= maxWaiting) throw new BusyError('Too many searches wait already.');
      const result = await pool.run({ term, slice });
      if ('error' in result) throw receiveError(result.error);
      return result.page;
    },
    close: () => pool.destroy(),
  };
}
