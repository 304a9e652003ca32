/**
 * What a file in this folder offers, as its default export: an `Action` that runs the Services tasks whose
 * `target.action` is its name. The runner finds it there; nothing else need be told (src/runner/actions.ts).
 */
import type { LogLevel } from '../db/model/statuses.ts';

export interface Action {
  /** The `target.action` that it runs. */
  name: string;
  /**
   * Runs one task to its end. It may be run again for the same task, after a crash or when asked to, and by then an
   * earlier run may still be going on in another process: what it leaves must be whole and its own.
   * @throws ActionError when the task cannot be done as it is
   */
  run(task: ActionTask, context: ActionContext): Promise<ActionOutcome>;
}

/** The task, with its objects parsed (contract A3, A4). */
export interface ActionTask {
  id: number;
  chain: number;
  trigger: Record<string, unknown>;
  target: Record<string, unknown>;
}

export interface ActionContext {
  /** Unix milliseconds. */
  now(): number;
  /** Different for every run, in this process and any other: for names of files that no other run shall touch. */
  runId: string;
  /** The folder of export files; it may not exist yet. */
  exportsDir: string;
  /** The database that exports read; undefined when none is configured. */
  exportSourceUrl: string | undefined;
  /** Whether CSV files begin with a byte order mark. */
  csvBom?: boolean;
  /** Adds an entry to the task's log. */
  log(level: LogLevel, message: string): void;
  /** Aborted when the runner stops: the run should end soon, with any error, and is then made again later. */
  signal: AbortSignal;
}

export interface ActionOutcome {
  /** The task's `result`: for an export the name of its file. */
  result: string;
  /** The finished file, relative to `exportsDir` and in the folder of its chain, when there is one to download. */
  file?: string;
}

/** The task cannot be done; the message goes to its log and says what to do about it. */
export class ActionError extends Error {}
