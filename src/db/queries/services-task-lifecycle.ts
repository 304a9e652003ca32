import type { NewServicesTask, ServicesLogEntry, ServicesTaskRow } from '../rows.ts';
import type { IdempotentRequest, OnceResult } from './idempotency.ts';
import type { LeaseTimes } from './lease-times.ts';
import type { Slice } from './results.ts';

/** What a new task brings. `trigger` and `target` are JSON texts of objects; `dueAt` is the time of `trigger.once`. */
export type NewTask = Pick<
  NewServicesTask,
  'description' | 'trigger' | 'target' | 'debug' | 'dueAt' | 'seriesStart'
>;

export interface ServicesTaskLifecycleQueries {
  /**
   * Creates a READY task of a chain, with an id that no other has or had; once for an idempotent request.
   * @param now Unix seconds
   */
  create(
    chain: number,
    task: NewTask,
    now: number,
    request?: IdempotentRequest<ServicesTaskRow>,
  ): Promise<OnceResult<ServicesTaskRow>>;
  /** Removes a task of any chain with its log, unless a run holds it. @param times those of a lease claimed now */
  remove(id: number, times: LeaseTimes): Promise<'removed' | 'missing' | 'running'>;
  /**
   * Puts a task of any chain back to READY, as it was before its first run, unless a run holds it. Its log stays; its lease
   * and file are removed. @param times those of a lease claimed now
   */
  reset(id: number, times: LeaseTimes): Promise<'reset' | 'missing' | 'running'>;
  /** A task of a chain; a task of another chain is not found. */
  find(chain: number, id: number): Promise<ServicesTaskRow | undefined>;
  /** A task of a chain with a page of its log, newest first, both of one moment. */
  findLogged(chain: number, id: number, logs: Slice): Promise<LoggedServicesTask | undefined>;
  /** The finished file of a task of any chain: for download URLs, which carry no credentials. */
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
  /** Relative to the folder of exports; no other run has the same. */
  path: string;
}
