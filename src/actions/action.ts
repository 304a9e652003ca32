/** The interface of an action. An action runs the Services tasks whose `target.action` is its name (registry.ts). */
import type { LogLevel } from '../db/model/statuses.ts';

export interface Action {
  name: string;
  /**
   * Runs one task to its end. The same task may be run again after a crash or on request, while an earlier run still
   * works in another process. So each run must write complete files under names that no other run uses.
   * @throws ActionError when the task must be changed, or the server configured, before it can succeed
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
  /** Unique across all processes; for file names that no other run uses. */
  runId: string;
  /** The folder of export files; it may not exist yet. */
  exportsDir: string;
  /** URL of the database that exports read; undefined when none is configured. */
  exportSourceUrl: string | undefined;
  /** True if CSV files begin with a byte order mark. */
  csvBom?: boolean;
  /** Adds an entry to the task's log. */
  log(level: LogLevel, message: string): void;
  /** Aborted when the runner stops. The run should then throw any error soon; the task is run again later. */
  signal: AbortSignal;
}

export interface ActionOutcome {
  /** The task's `result`; for an export, the name of its file. */
  result: string;
  /** Path of the file to download, relative to `exportsDir`, in the folder of the chain. */
  file?: string;
}

/** The task cannot succeed. Its log shows the message, which says what to change. */
export class ActionError extends Error {}
