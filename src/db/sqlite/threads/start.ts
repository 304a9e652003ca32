import type { HdpTaskRow } from '../../rows.ts';
import type { Page, Slice } from '../../store.ts';
import { startMaintenance } from './maintenance.ts';
import { createSearchPool } from './search-pool.ts';

export interface DatabaseThreadOptions {
  databaseUrl: string;
  searchThreads: number;
  /** True in the one process of several that maintains the database. */
  maintains: boolean;
  /** Receives errors of threads that no caller waits for. */
  reportError(error: unknown, message: string): void;
}

/** Threads that search and maintain a database file. */
export interface DatabaseThreads {
  /** As `HdpTaskQueries.list`. @throws BusyError when too many searches wait already */
  search(term: string, slice: Slice): Promise<Page<HdpTaskRow>>;
  stop(): Promise<void>;
}

const MAX_QUEUED_SEARCHES = 100;

export function startThreads(options: DatabaseThreadOptions): DatabaseThreads {
  const { databaseUrl, searchThreads, maintains, reportError } = options;
  const pool = createSearchPool({
    databaseUrl,
    threads: searchThreads,
    maxQueued: MAX_QUEUED_SEARCHES,
    reportError: (error) => reportError(error, 'search thread failed'),
  });
  const maintenance = maintains
    ? startMaintenance({
        databaseUrl,
        reportError: (error) => reportError(error, 'maintenance thread failed'),
      })
    : undefined;
  return {
    search: pool.search,
    async stop() {
      await Promise.all([pool.close(), maintenance?.stop()]);
    },
  };
}
