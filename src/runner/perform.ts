import { type Action, ActionError, type ActionOutcome, type ActionTask } from '../actions/action.ts';
import { type TransferredError, transferError } from '../db/error-transfer.ts';
import type { LogLevel } from '../db/model/statuses.ts';

/** What of the configuration an action sees. */
export interface ActionSettings {
  exportsDir: string;
  exportSourceUrl: string | undefined;
  csvBom?: boolean;
}

/** One run of a task, as it is handed to its action; all of it can be sent to another process. */
export interface RunOrder {
  /** Different for every run. */
  runId: string;
  action: string;
  task: ActionTask;
}

/** Who listens to a run. */
export interface RunListener {
  log(level: LogLevel, message: string): void;
  /** Asks the run to end. */
  signal: AbortSignal;
}

/**
 * How an action ended: with an outcome, or with what its task's log is to say of why it cannot be done. The cause, if there
 * is one, is for the server's log.
 */
export type Performed = { outcome: ActionOutcome } | { problem: string; cause?: TransferredError };

/** Runs an action. @throws whatever the action did not foresee */
export type Perform = (order: RunOrder, listener: RunListener) => Promise<Performed>;

/** Runs actions in this very process. @param now Unix milliseconds */
export function createPerform(
  actions: ReadonlyMap<string, Action>,
  settings: ActionSettings,
  now: () => number,
): Perform {
  return async ({ runId, action, task }, { log, signal }) => {
    const named = actions.get(action);
    if (!named) throw new Error(`There is no action ${action}.`);
    try {
      return { outcome: await named.run(task, { ...settings, now, runId, log, signal }) };
    } catch (error) {
      if (!(error instanceof ActionError)) throw error;
      const { message: problem, cause } = error;
      return cause === undefined ? { problem } : { problem, cause: transferError(cause) };
    }
  };
}
