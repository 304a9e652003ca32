/**
 * Which run has which Services task. A run holds its task by a lease, which it renews. A lease that was not renewed in time
 * is first marked as suspected, and only after a grace period may another run take the task: while nobody can write, as
 * during a long import, the run that holds it cannot renew it either. The end of a run counts only while the lease is its
 * own, so that no task ends twice.
 */
import type { LogLevel } from '../model/statuses.ts';
import type { ServicesTaskRow } from '../rows.ts';
import type { LeaseTimes } from './lease-times.ts';
import type { NewTask } from './services-task-lifecycle.ts';

/** A run that wants a task: its name, different from any other's, and times in Unix milliseconds. */
export interface Claim extends LeaseTimes {
  run: string;
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
  /** The finished file, under the folder of exports. */
  file: string | null;
  logs: readonly NewLogEntry[];
}

/** How an action ended whose task cannot be written; the lease holds it until it can. */
export interface RecordedEnd extends ActionEnd {
  /** When the run began, in Unix milliseconds. */
  startedAt: number;
}

/** How a run ended. */
export interface RunEnd extends ActionEnd {
  /** Unix milliseconds. */
  now: number;
  /** Writes no log entry and leaves the lease, which is of no more use, where it is. */
  isBare?: boolean;
  /** The members in which the next task of the series differs; it is created unless this was a rerun. `once` is for the log. */
  follower: (Pick<NewTask, 'trigger' | 'seriesStart' | 'dueAt'> & { once: string }) | undefined;
}

/** A task that a run has taken, and how many runs have begun it, this one included, without ending it. */
export interface ClaimedTask {
  task: ServicesTaskRow;
  attempts: number;
  /** Why the log entry about an earlier run could not be written; the claim counts even so. */
  logError?: unknown;
  /** The end of an earlier run, to be written in place of another run. */
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

/** What became of the request to run one task. */
export type ClaimResult = ClaimedTask | { refusal: 'missing' | 'running' | 'unhandled' };

/** A run that has ended; `errors` say why its log entries, its follower or its lease could not be written. */
export interface FinishedRun {
  task: ServicesTaskRow;
  errors: readonly Error[];
}

/** The queries of runners, who serve all chains. */
export interface TaskRunQueries {
  /**
   * Takes the next task to run: one whose lease has expired, else a READY one of these actions that is due, the oldest of
   * its chain; chains take turns.
   * @param lastChain the chain whose task was taken last
   * @param passedOver tasks that are left alone
   * @throws UnwritableTaskError if the database refuses the claim of the task whose turn it is
   */
  claimNext(
    actions: readonly string[],
    claim: Claim,
    lastChain?: number,
    passedOver?: readonly number[],
  ): Promise<ClaimedTask | undefined>;
  /** Takes one task of a chain, whether due or not, unless a run holds it. */
  claim(chain: number, id: number, actions: readonly string[], claim: Claim): Promise<ClaimResult>;
  /** Makes a run's lease end later. False when the run has lost its task. */
  renew(task: number, run: string, until: number): Promise<boolean>;
  /** Adds entries to the log of a run's task, unless the run has lost it. */
  log(task: number, run: string, entries: readonly NewLogEntry[]): Promise<void>;
  /**
   * Ends a run. Log entries, the follower and the lease are written if the database accepts them.
   * @returns undefined, with nothing written, when the run has lost its task
   */
  finish(task: number, run: string, end: RunEnd): Promise<FinishedRun | undefined>;
  /** Records in the lease how the action ended, so that it is not run again. False when the run has lost its task. */
  recordEnd(task: number, run: string, end: RecordedEnd): Promise<boolean>;
  /** Releases the lease before the run ends, so that another run can take the task at once. */
  release(task: number, run: string): Promise<void>;
  /**
   * Warns in the logs of due tasks that none of these actions can run, once per task and one page of tasks per call.
   * @returns an error for each task whose log cannot be written
   */
  warnOfUnsupported(
    actions: readonly string[],
    now: number,
    passedOver?: readonly number[],
  ): Promise<UnwritableTaskError[]>;
}

/** What the log of a task says that was left in the middle, or was INPROGRESS without a run. */
export const TAKEN_AGAIN = 'An earlier run was broken off before it ended; the task is run again.';
export const TAKEN_WITHOUT_RUN = 'The task was INPROGRESS, but no run held it; it is run now.';
