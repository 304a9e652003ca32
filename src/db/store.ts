import type { Scope } from './model/scopes.ts';
import type { AccessQueries, ApiKeyQueries, ServerSecretQueries } from './queries/credentials.ts';
import type { ExportFileQueries } from './queries/export-files.ts';
import type { FigureQueries } from './queries/figures.ts';
import type { HdpTaskLifecycleQueries } from './queries/hdp-task-lifecycle.ts';
import type { HdpTaskQueries } from './queries/hdp-tasks.ts';
import type { HdpWebhookQueries } from './queries/hdp-webhooks.ts';
import type { ImportQueries } from './queries/imports.ts';
import type { ServicesTaskLifecycleQueries } from './queries/services-task-lifecycle.ts';
import type { ServicesTaskQueries } from './queries/services-tasks.ts';
import type { TaskRunQueries } from './queries/task-runs.ts';
import type { AccessToken, AdminAccess, AdminSession, ApiKey, NewHdpTask, NewServicesTask } from './rows.ts';

export type { Scope } from './model/scopes.ts';

export type { AddResult, OnConflict, Page, Slice } from './queries/results.ts';

/** Progress callback: tasks done so far, tasks in total. */
export type OnProgress = (done: number, total: number) => void;

/** A count of the derived data that differs from the tasks. `taskgate check` prints it. */
export interface Difference {
  /** The name of a list, `program` with hash and name, `search block` with its number, `figure` with its key, or `uuids`. */
  what: string;
  /** The number of tasks in it, as the derived data says. */
  kept: number;
  /** The number of tasks in it, counted from the tasks. */
  actual: number;
}

/** Tasks and credentials that `loadSeeds` loads. */
export interface Seeds {
  servicesTasks: readonly NewServicesTask[];
  hdpTasks: readonly NewHdpTask[];
  tokens: readonly Omit<AccessToken, 'revokedAt'>[];
  grants: readonly AdminAccess[];
  sessions: readonly Omit<AdminSession, 'revokedAt'>[];
  keys: readonly Omit<ApiKey, 'revokedAt'>[];
}

/**
 * A connection to the database of both APIs. Promises of writes resolve after the commit: an acknowledged write survives a
 * crash, and by default also power loss.
 */
export interface Store {
  readonly servicesTasks: ServicesTaskQueries;
  readonly servicesTaskLifecycle: ServicesTaskLifecycleQueries;
  readonly taskRuns: TaskRunQueries;
  readonly hdpTasks: HdpTaskQueries;
  readonly hdpTaskLifecycle: HdpTaskLifecycleQueries;
  readonly hdpWebhooks: HdpWebhookQueries;
  readonly figures: FigureQueries;
  readonly imports: ImportQueries;
  readonly access: AccessQueries;
  readonly apiKeys: ApiKeyQueries;
  readonly serverSecrets: ServerSecretQueries;
  readonly exportFiles: ExportFileQueries;
  /** Returns the data version, a number that changes with every commit of any connection. Takes a few microseconds. */
  dataVersion(): number;
  /**
   * Returns a number that changes with every change of data in any of the scopes; NaN if it is unknown at this data version.
   * Takes a few microseconds.
   */
  scopeVersion(scopes: readonly Scope[]): number;
  /**
   * Only if the database is reached by a round trip: the two functions above then return what the last round trip has read.
   * Resolves when a round trip that began after the call has read the data version and the versions of these scopes.
   * Rejects with the error of the database.
   */
  confirm?(scopes: readonly Scope[]): Promise<void>;
  /**
   * Migrates the tables to this version and rebuilds the derived data that needs it. If it is interrupted, it can be run
   * again.
   * @returns true if it has created the tables
   */
  migrate(onProgress?: OnProgress): Promise<boolean>;
  /**
   * Loads seeds in one transaction. Existing tasks and grants are replaced. Existing tokens, sessions and keys stay, so that
   * revoked credentials stay revoked. Nothing is loaded if a task of another chain has the id of a seed.
   * @returns that task; undefined if the seeds were loaded
   */
  loadSeeds(seeds: Seeds): Promise<{ id: number; chain: number; ofChain: number } | undefined>;
  /**
   * Indexing step: adds up to `batch` tasks to the trigram index, and counts up to `batch` pending changes in the search
   * blocks. Searches are exact without it, and fast once everything is indexed.
   * @returns the larger of the two numbers; 0 if nothing is left to index
   */
  index(batch: number): Promise<number>;
  /** Compares the derived data with the tasks. */
  verify(onProgress?: OnProgress): Promise<Difference[]>;
  /** Rebuilds the derived data. */
  repair(onProgress?: OnProgress): Promise<void>;
  /** Health check: reads from the database file, not from the page cache. @throws the error of the database */
  probe(): Promise<void>;
  /**
   * Runs `work`, which must only read, in one snapshot of the data. It occupies the connection, so only commands call it, not
   * the server.
   */
  snapshot<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** The database has too much to do. A retry may succeed. */
export class BusyError extends Error {}

/** The database cannot be opened or used. The message is a sentence for the operator. */
export class DatabaseError extends Error {}

/** Another import of the same kind of task is unfinished. This import can continue when the other one has ended. */
export class UnfinishedImportError extends Error {}

/** Another process has undone the import, because it wrote nothing for a minute. */
export class ImportLostError extends DatabaseError {
  constructor() {
    super('The import was undone by another process, because it made no progress for a minute.');
  }
}
