/** The program of a child process that runs actions, one at a time. It receives requests and reports by IPC messages. */
import { Worker } from 'node:worker_threads';
import { loadActions } from '../actions/registry.ts';
import type { LogLevel } from '../db/model/statuses.ts';
import { ignoreUserSignals, STOP_SIGNALS } from '../signals.ts';
import { type ActionResult, type ActionSettings, createRunAction, type RunInput } from './run-action.ts';

export interface ProcessSettings extends ActionSettings {
  /** A file: URL of a module with other actions, for tests. */
  actionsModule: string | undefined;
}

/** A message to the process: run an action, or abort the run. */
export type ActionRequest = { settings: ProcessSettings; input: RunInput } | 'abort';

/** A message from the process: the action starts, an entry for the task's log, or the end of the run. */
export type ActionMessage =
  | { started: true }
  | { log: { level: LogLevel; message: string } }
  | { ended: ActionResult }
  | { failed: { message: string; stack: string | undefined } };

let aborting = new AbortController();

const report = (message: ActionMessage) => process.send?.(message);

async function run({ settings, input }: Exclude<ActionRequest, 'abort'>): Promise<void> {
  aborting = new AbortController();
  const { actionsModule, ...actionSettings } = settings;
  try {
    const runAction = createRunAction(await loadActions(actionsModule), actionSettings, Date.now);
    const listener = {
      log: (level: LogLevel, message: string) => report({ log: { level, message } }),
      signal: aborting.signal,
    };
    report({ started: true });
    report({ ended: await runAction(input, listener) });
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    report({ failed: { message, stack } });
  }
}

// As in cli.ts: an action can read the database.
process.noDeprecation = true;
process.on('message', (request: ActionRequest) => {
  if (request === 'abort') aborting.abort();
  else void run(request);
});
// The parent process is gone, and nothing renews the lease any more.
process.on('disconnect', () => process.exit());
// A running query blocks this thread and delays the event above.
new Worker(new URL('./parent-watchdog.js', import.meta.url), { workerData: process.ppid }).unref();
// A terminal's Ctrl-C reaches the whole process group; the parent decides when a run ends.
for (const signal of STOP_SIGNALS) process.on(signal, () => {});
ignoreUserSignals();
