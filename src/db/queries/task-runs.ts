/**
 * Runs of Services tasks. A run holds its task by a lease, which it renews. The clock of the database decides when a lease
 * ends and when a task is due; that of an SQLite file is the clock of its machine. A lease that expires is first marked as
 * suspected. Another run may claim the task only after a grace period, because no run can renew a lease while the database
 * is locked. The end of a run is written only while the run owns the lease, so no task ends twice.
 */
import type { LogLevel } from '../model/statuses.ts';
import type { ServicesTaskRow } from '../rows.ts';
import type { NewTask } from './services-task-lifecycle.ts';

/** A run that claims a task. */
export interface Claim {
  /** A unique name. */
  run: string;
  /** How long its lease lasts without renewal, in milliseconds. */
  leaseMs: number;
}

export interface NewLogEntry {
  /** Unix milliseconds. */
  time: number;
  level: LogLevel;
  message: string;
}

/** How an action ended. */
export interface ActionEnd {
  status: 'DONE' | 'ERROR';
  result: string | null;
  /** The finished file, relative to the export folder. */
  file: string | null;
  logs: readonly NewLogEntry[];
}

/** How an action ended, stored in the lease while the task itself cannot be written. */
export interface RecordedEnd extends ActionEnd {
  /** Unix milliseconds. */
  startedAt: number;
}

/** How a run ended. */
export interface RunEnd extends ActionEnd {
  /** Unix milliseconds. */
  now: number;
  /** True to write the task and its file only: no log entry is written, and the lease stays. */
  isMinimal?: boolean;
  /** The next task of the series, as far as it differs from this one; a rerun creates none. `once` is for the log. */
  nextTask: (Pick<NewTask, 'trigger' | 'seriesStart' | 'dueAt'> & { once: string }) | undefined;
}

/** A task that a run has claimed. */
export interface ClaimedTask {
  task: ServicesTaskRow;
  /** When the lease began, by the clock of the database. Unix milliseconds. */
  claimedAt: number;
  /** The number of runs that have begun the task without ending it, this run included. */
  attempts: number;
  /** Why the log entry about an earlier run could not be written. The claim is valid without it. */
  logError?: unknown;
  /** The end of an earlier run, to be written instead of running the action again. */
  recordedEnd?: RecordedEnd;
}

/** The database refuses to write the rows of one task; other tasks can be written. */
export class UnwritableTaskError extends Error {
  readonly task: number;
  readonly chain: number | undefined;

  constructor(task: number, chain: number | undefined, cause: unknown) {
    super(`Task ${task} cannot be written.`, { cause });
    this.task = task;
    this.chain = chain;
  }
}

/** The result of a request to run one task. */
export type ClaimResult = ClaimedTask | { refusal: 'missing' | 'running' | 'unhandled' };

/** A run that has ended. */
export interface FinishedRun {
  task: ServicesTaskRow;
  /** Why log entries, the next task or the lease could not be written. */
  errors: readonly Error[];
}

/** The queries of runners. They serve all chains. */
export interface TaskRunQueries {
  /**
   * Claims the next task of these actions: one whose lease has expired, else a READY task that is due. The chains are
   * served round-robin; within a chain, the task that is due first comes first.
   * @param lastChain the chain of the last claimed task
   * @throws UnwritableTaskError if the database refuses the claim of the next task
   */
  claimNext(
    actions: readonly string[],
    claim: Claim,
    lastChain?: number,
    excludedTasks?: readonly number[],
  ): Promise<ClaimedTask | undefined>;
  /** Claims one task of a chain, due or not, unless a run holds it. */
  claim(chain: number, id: number, actions: readonly string[], claim: Claim): Promise<ClaimResult>;
  /** Lets the lease of a run last this long from now. @returns false if the run has lost its task */
  renew(task: number, run: string, leaseMs: number): Promise<boolean>;
  /** Adds entries to the log of the run's task, unless the run has lost it. */
  log(task: number, run: string, entries: readonly NewLogEntry[]): Promise<void>;
  /**
   * Ends a run. Errors in writing log entries, the next task or the lease do not prevent the end.
   * @returns undefined, with nothing written, if the run has lost its task
   */
  finish(task: number, run: string, end: RunEnd): Promise<FinishedRun | undefined>;
  /** Stores in the lease how the action ended, so that it is not run again. @returns false if the run has lost its task */
  recordEnd(task: number, run: string, end: RecordedEnd): Promise<boolean>;
  /** Releases the lease before the run ends, so that another run can claim the task at once. */
  release(task: number, run: string): Promise<void>;
  /**
   * Adds a warning to the logs of due tasks whose action is not among these: once per task, and one page of tasks per call.
   * @returns an error for each task whose log cannot be written
   */
  warnOfUnsupported(
    actions: readonly string[],
    excludedTasks?: readonly number[],
  ): Promise<UnwritableTaskError[]>;
}

/** Log messages of a claimed task that was INPROGRESS already. */
export const CLAIMED_AGAIN = 'An earlier run was interrupted before it ended; the task is run again.';
export const CLAIMED_WITHOUT_LEASE = 'The task was INPROGRESS, but no run held it; it is run now.';
