import type { NewServicesTask, ServicesLogEntry, ServicesTaskRow } from '../rows.ts';
import type { IdempotentRequest, IdempotentResult } from './idempotency.ts';
import type { Slice } from './results.ts';

/** The values of a new task. `trigger` and `target` are JSON texts of objects; `dueAt` is the time of `trigger.once`. */
export type NewTask = Pick<
  NewServicesTask,
  'description' | 'trigger' | 'target' | 'debug' | 'dueAt' | 'seriesStart'
>;

export interface ServicesTaskLifecycleQueries {
  /**
   * Creates a READY task of a chain with an unused id. An idempotent request creates one task, however often it is sent.
   * @param now Unix seconds
   */
  create(
    chain: number,
    task: NewTask,
    now: number,
    request?: IdempotentRequest<ServicesTaskRow>,
  ): Promise<IdempotentResult<ServicesTaskRow>>;
  /** Removes a task of any chain with its log, unless a run holds it. @param leaseMs how long a lease lasts */
  remove(id: number, leaseMs: number): Promise<'removed' | 'missing' | 'running'>;
  /**
   * Resets a task of any chain to READY, as before its first run, unless a run holds it. Its log stays; its lease and
   * file are removed. @param leaseMs how long a lease lasts
   */
  reset(id: number, leaseMs: number): Promise<'reset' | 'missing' | 'running'>;
  /** Returns a task of a chain; a task of another chain is not found. */
  find(chain: number, id: number): Promise<ServicesTaskRow | undefined>;
  /** Returns a task of a chain and a page of its log, newest entry first, from one snapshot. */
  findLogged(chain: number, id: number, logs: Slice): Promise<LoggedServicesTask | undefined>;
  /** Returns the finished file of a task of any chain, for download URLs, which carry no credentials. */
  findFile(id: number): Promise<StoredFile | undefined>;
}

/** A task with a page of its log. */
export interface LoggedServicesTask {
  task: ServicesTaskRow;
  logs: ServicesLogEntry[];
}

/** The finished file of a task's last run. */
export interface StoredFile {
  /** The chain of the task. */
  chain: number;
  /** Relative to the export folder; unique to the run. */
  path: string;
}
