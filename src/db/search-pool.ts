import { setTimeout } from 'node:timers/promises';
import { Piscina } from 'piscina';
import { receiveError } from './error-transfer.ts';
import type { HdpTaskRow } from './rows.ts';
import type { SearchResult, SearchTask } from './search-worker.ts';
import { BusyError, type Page, type Slice } from './store.ts';

export interface SearchPoolOptions {
  databaseUrl: string;
  threads: number;
  /** How many searches may wait for a thread; one more is refused. */
  maxWaiting: number;
  /** True if this process also keeps the search index up to date; one of several processes is enough. */
  updatesIndex: boolean;
  /** Told of a thread that died while it had nothing to do. */
  reportError(error: unknown): void;
}

/** Searches run in worker threads, so that however long one takes, nobody else waits for it. */
export interface SearchPool {
  /** As `HdpTaskQueries.list`. @throws BusyError when too many searches wait already */
  search(term: string, slice: Slice): Promise<Page<HdpTaskRow>>;
  close(): Promise<void>;
}

/**
 * Arguments of node for the worker threads. Piscina first tries to `require` a thread's file, and node aborts the
 * whole process when a thread is ended in the middle of requiring an ES module; without that, it imports it.
 */
const WORKER_ARGUMENTS = ['--no-experimental-require-module'];

/** How often the search index is brought up to date, in milliseconds. */
const INDEX_EVERY_MS = 1000;

/** So few at a time that neither a search nor a writer waits long: some ten milliseconds. */
const INDEX_BATCH = 500;

/** Starts the threads and, with `updatesIndex`, keeps the search index up to date until it is closed. */
export function createSearchPool(options: SearchPoolOptions): SearchPool {
  const { databaseUrl, threads, maxWaiting, updatesIndex, reportError } = options;
  const pool = new Piscina<SearchTask, SearchResult>({
    filename: new URL('./search-worker.js', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
    execArgv: WORKER_ARGUMENTS,
    workerData: { databaseUrl },
  });
  // Without a listener the error of an idle thread would end the process.
  pool.on('error', reportError);
  const closing = new AbortController();
  const indexing = updatesIndex ? keepIndexed(pool, closing.signal) : undefined;
  return {
    async search(term, slice) {
      if (pool.queueSize >= maxWaiting) throw new BusyError('Too many searches wait already.');
      const result = await pool.run({ search: term, slice });
      if ('error' in result) throw receiveError(result.error);
      if ('page' in result) return result.page;
      throw new Error('The search worker answered another question.');
    },
    async close() {
      closing.abort();
      // First, for what waits behind many searches would hold up the end.
      await pool.destroy();
      await indexing;
    },
  };
}

async function keepIndexed(pool: Piscina<SearchTask, SearchResult>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Somebody else may hold the database for long (an import): the next look comes anyway.
    const result = await pool.run({ indexUuids: INDEX_BATCH }).catch(() => undefined);
    const taken = result && 'indexed' in result ? result.indexed : 0;
    if (taken < INDEX_BATCH) await setTimeout(INDEX_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}
