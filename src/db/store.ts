import type { Scope } from './model/scopes.ts';
import type { AccessQueries, ApiKeyQueries, ServerSecretQueries } from './queries/credentials.ts';
import type { ExportFileQueries } from './queries/export-files.ts';
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

/** One count of the derived data that differs from the tasks. */
export interface Difference {
  /** A list's name, `program` and its hash and name, `term` and an n-gram, or `uuids`. */
  what: string;
  /** The number of tasks in it according to the derived data, and according to the tasks. */
  kept: number;
  actual: number;
}

/** Tasks and credentials that are loaded together. */
export interface Seeds {
  servicesTasks: readonly NewServicesTask[];
  hdpTasks: readonly NewHdpTask[];
  tokens: readonly Omit<AccessToken, 'revokedAt'>[];
  grants: readonly AdminAccess[];
  sessions: readonly Omit<AdminSession, 'revokedAt'>[];
  keys: readonly Omit<ApiKey, 'revokedAt'>[];
}

/**
 * One connection to the database that both audiences share. Every promise of a write resolves after the commit: what was
 * acknowledged survives a crash, and by default power loss too.
 */
export interface Store {
  readonly servicesTasks: ServicesTaskQueries;
  readonly servicesTaskLifecycle: ServicesTaskLifecycleQueries;
  readonly taskRuns: TaskRunQueries;
  readonly hdpTasks: HdpTaskQueries;
  readonly hdpTaskLifecycle: HdpTaskLifecycleQueries;
  readonly hdpWebhooks: HdpWebhookQueries;
  readonly imports: ImportQueries;
  readonly access: AccessQueries;
  readonly apiKeys: ApiKeyQueries;
  readonly serverSecrets: ServerSecretQueries;
  readonly exportFiles: ExportFileQueries;
  /** Returns the data version: another number after every commit, by this connection or any other; a few microseconds. */
  dataVersion(): number;
  /** Returns a number that is another one after every change of the data in one of some scopes; a few microseconds. */
  scopeVersion(scopes: readonly Scope[]): number;
  /**
   * Brings the tables up to this version, and rebuilds derived data that this needs. Interrupted, it leaves the database as
   * it was or done, and can be run again.
   */
  migrate(onProgress?: OnProgress): Promise<void>;
  /**
   * Loads seeds in one transaction. Tasks and grants of the same identity are replaced; tokens, sessions and keys are left as
   * they are, so that a revoked one stays revoked. Nothing is loaded if a task's id belongs to another chain's task.
   * @returns that task; undefined if the seeds were loaded
   */
  loadSeeds(seeds: Seeds): Promise<{ id: number; chain: number; ofChain: number } | undefined>;
  /**
   * Indexing step: takes up to `batch` more tasks into the trigram index of uuids, and up to as many pending changes into the
   * n-gram counts. Searches are exact without, and fast once all is indexed.
   * @param options with `waits` false it fails at once while another connection writes
   * @returns how many it took, of whichever were more; 0 when nothing is left
   */
  index(batch: number, options?: { waits: boolean }): Promise<number>;
  /**
   * Moves committed pages from the log of the database to where they belong, if the log has become long. It waits for no reader and no writer.
   * @returns true if it moved pages
   */
  checkpoint(): Promise<boolean>;
  /** Compares the derived data with the tasks. */
  verify(onProgress?: OnProgress): Promise<Difference[]>;
  /** Rebuilds the derived data. */
  repair(onProgress?: OnProgress): Promise<void>;
  /** Health check: reads from the database file, past what is in memory. @throws what the database throws */
  probe(): Promise<void>;
  /**
   * Runs `work`, which only reads, on one unchanging view of the data. It has the connection to itself, so a server must not
   * call it; commands may.
   */
  snapshot<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** More is asked of the database than it should do at once; asking again shortly may work. */
export class BusyError extends Error {}

/** The database cannot be opened or used as asked; the message is a sentence for the operator. */
export class DatabaseError extends Error {}

/** Another import of the same kind of task is unfinished; this one can continue when that one has ended. */
export class UnfinishedImportError extends Error {}

/** Another process has undone an import, because it did not write for a minute. */
export class ImportLostError extends DatabaseError {
  constructor() {
    super('The import was undone by another process, because it made no progress for a minute.');
  }
}
