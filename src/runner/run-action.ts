import { type Action, ActionError, type ActionOutcome, type ActionTask } from '../actions/action.ts';
import { type TransferredError, transferError } from '../db/error-transfer.ts';
import type { LogLevel } from '../db/model/statuses.ts';

/** The part of the configuration that actions use. */
export interface ActionSettings {
  exportsDir: string;
  exportSourceUrl: string | undefined;
  csvBom?: boolean;
}

/** The input of one run of an action. It can be sent to another process. */
export interface RunInput {
  /** Different for every run. */
  runId: string;
  action: string;
  task: ActionTask;
}

/** Receives the log entries of a run and can abort it. */
export interface RunListener {
  log(level: LogLevel, message: string): void;
  /** Aborts the run. */
  signal: AbortSignal;
}

/** The outcome of an action, or the reason of its failure for the task's log. The cause is for the server's log. */
export type ActionResult = { outcome: ActionOutcome } | { failure: string; cause?: TransferredError };

/** Runs an action. @throws every error of the action except ActionError */
export type RunAction = (input: RunInput, listener: RunListener) => Promise<ActionResult>;

/** Creates a function that runs actions in this process. @param now returns Unix milliseconds */
export function createRunAction(
  actions: ReadonlyMap<string, Action>,
  settings: ActionSettings,
  now: () => number,
): RunAction {
  return async ({ runId, action: name, task }, { log, signal }) => {
    const action = actions.get(name);
    if (!action) throw new Error(`There is no action ${name}.`);
    try {
      return { outcome: await action.run(task, { ...settings, now, runId, log, signal }) };
    } catch (error) {
      if (!(error instanceof ActionError)) throw error;
      const { message: failure, cause } = error;
      return cause === undefined ? { failure } : { failure, cause: transferError(cause) };
    }
  };
}
