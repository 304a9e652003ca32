import type { AccessQueries } from './sqlite/access.ts';
import type { ApiKeyQueries } from './sqlite/api-keys.ts';
import type { ExportFileQueries } from './sqlite/export-files.ts';
import type { HdpRunQueries } from './sqlite/hdp-task-lifecycle.ts';
import type { HdpTaskQueries } from './sqlite/hdp-tasks.ts';
import type { HdpWebhookQueries } from './sqlite/hdp-webhooks.ts';
import type { Scope } from './sqlite/scope-versions.ts';
import type { OwnKeyQueries } from './sqlite/server-secrets.ts';
import type { ServicesLifeQueries } from './sqlite/services-task-lifecycle.ts';
import type { ServicesTaskQueries } from './sqlite/services-tasks.ts';
import type { ServicesRunQueries } from './sqlite/task-runs.ts';
import type { Difference, OnProgress } from './sqlite/upkeep.ts';

export type { Scope } from './sqlite/scope-versions.ts';

/** A stretch of an ordered list. */
export interface Slice {
  limit: number;
  offset: number;
}

/** One stretch of a list and the exact size of the whole, both read from the same snapshot. */
export interface Page<Row> {
  rows: Row[];
  total: number;
}

/** What to do with a task whose identity is taken already. */
export type OnConflict = 'error' | 'skip' | 'replace';

/** What became of a task that was to be added; `conflict` means that nothing was written. */
export type Added = 'inserted' | 'replaced' | 'skipped' | 'conflict';

/** One connection to the database that both audiences share. */
export interface Store {
  readonly servicesTasks: ServicesTaskQueries;
  readonly hdpTasks: HdpTaskQueries;
  readonly hdpWebhooks: HdpWebhookQueries;
  readonly hdpRuns: HdpRunQueries;
  readonly access: AccessQueries;
  readonly apiKeys: ApiKeyQueries;
  readonly servicesLife: ServicesLifeQueries;
  readonly servicesRuns: ServicesRunQueries;
  readonly ownKeys: OwnKeyQueries;
  readonly exportFiles: ExportFileQueries;
  /** A number that grows with every change of the data, by this connection or any other; about a microsecond. */
  version(): number;
  /** A number that is another one after every change of the data in one of some scopes; a few microseconds. */
  revision(scopes: readonly Scope[]): number;
  /**
   * Brings the tables up to this version, and what is kept beside the tasks with them; does nothing when they are.
   * Interrupted, it leaves all as it was or done, and can be run again.
   */
  migrate(onProgress?: OnProgress): Promise<void>;
  /** Like `transaction`, for adding many new tasks: it counts them into their lists itself, which is faster. */
  bulkLoad<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Takes up to `batch` more tasks into the index of uuids, and up to as many changes into the counts of short terms,
   * in a write transaction of its own. Searches are exact without, and fast once both have all.
   * @param options with `waits` false it gives up at once while somebody else writes
   * @returns how many it took, of whichever were more; 0 when both have all
   */
  indexUuids(batch: number, options?: { waits: boolean }): Promise<number>;
  /** Compares what is kept beside the tasks with the tasks. */
  check(onProgress?: OnProgress): Promise<Difference[]>;
  /** Makes what is kept beside the tasks anew. */
  repair(onProgress?: OnProgress): Promise<void>;
  /** Health check: reads from the database file, past what is in memory. @throws what the database throws */
  probe(): Promise<void>;
  /**
   * Runs `work` in one write transaction: all of it lands, or nothing when it throws. It has the connection to
   * itself, so a server must not call it between awaits of other requests; commands may.
   */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Runs `work`, which awaits nothing, in one write transaction. While somebody else writes it tries again and again, so
   * that other requests go on meanwhile; after five seconds it gives up.
   */
  write<T>(work: () => T): Promise<T>;
  /** Runs `work` on one unchanging view of the data. The same caution as for `transaction` applies. */
  snapshot<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** More is asked of the database than it should do at once; asking again shortly may work. */
export class BusyError extends Error {}

/** The database cannot be opened or used as asked; the message is a sentence for the operator. */
export class DatabaseError extends Error {}
