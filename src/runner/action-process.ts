/** The program of a child process that runs actions, one at a time. It is told what to run, and reports, by messages. */
import { Worker } from 'node:worker_threads';
import { loadActions } from '../actions/load.ts';
import type { LogLevel } from '../db/model/statuses.ts';
import { ignoreUserSignals, STOP_SIGNALS } from '../signals.ts';
import { type ActionSettings, createPerform, type Performed, type RunOrder } from './perform.ts';

export interface ProcessSettings extends ActionSettings {
  /** A file: URL of a module with other actions, for tests. */
  actionsModule: string | undefined;
}

/** What the process is told: what to run, or that the run should end. */
export type ActionRequest = { settings: ProcessSettings; order: RunOrder } | 'end';

/** What the process reports: that the action is about to begin, an entry for the task's log, or how the run ended. */
export type ActionMessage =
  | { begun: true }
  | { log: { level: LogLevel; message: string } }
  | { ended: Performed }
  | { failed: { message: string; stack: string | undefined } };

let stopping = new AbortController();

const report = (message: ActionMessage) => process.send?.(message);

async function run({ settings, order }: Exclude<ActionRequest, 'end'>): Promise<void> {
  stopping = new AbortController();
  const { actionsModule, ...rest } = settings;
  try {
    const perform = createPerform(await loadActions(actionsModule), rest, Date.now);
    const listener = {
      log: (level: LogLevel, message: string) => report({ log: { level, message } }),
      signal: stopping.signal,
    };
    report({ begun: true });
    report({ ended: await perform(order, listener) });
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    report({ failed: { message, stack } });
  }
}

process.on('message', (request: ActionRequest) => {
  if (request === 'end') stopping.abort();
  else void run(request);
});
// The process that started this one is gone, and with it the lease.
process.on('disconnect', () => process.exit());
// A query that is under way delays the event above until it ends.
new Worker(new URL('./parent-watchdog.js', import.meta.url), { workerData: process.ppid }).unref();
// A terminal's Ctrl-C reaches the whole process group; the parent decides when a run ends.
for (const signal of STOP_SIGNALS) process.on(signal, () => {});
ignoreUserSignals();
