/** Runs in a process of its own: one action at a time, which tells its log and hears of its end by messages. */
import type { LogLevel } from '../db/schema.ts';
import { ignoreUserSignals, STOP_SIGNALS } from '../signals.ts';
import { loadActions } from './actions.ts';
import { type ActionSettings, createPerform, type Performed, type RunOrder } from './perform.ts';

export interface ProcessSettings extends ActionSettings {
  /** As a file: URL. */
  actionsFolder: string;
}

/** What the process is told: what to run, or that the run is to end. */
export type ProcessTask = { settings: ProcessSettings; order: RunOrder } | 'end';

/** What it says: an entry for the task's log, or how the run ended. */
export type ProcessWord =
  | { log: { level: LogLevel; message: string } }
  | { ended: Performed }
  | { failed: { message: string; stack: string | undefined } };

let stopping = new AbortController();

const say = (word: ProcessWord) => process.send?.(word);

async function run({ settings, order }: Exclude<ProcessTask, 'end'>): Promise<void> {
  stopping = new AbortController();
  const { actionsFolder, ...rest } = settings;
  try {
    const perform = createPerform(await loadActions(actionsFolder), rest, Date.now);
    const listener = {
      log: (level: LogLevel, message: string) => say({ log: { level, message } }),
      signal: stopping.signal,
    };
    say({ ended: await perform(order, listener) });
  } catch (error) {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    say({ failed: { message, stack } });
  }
}

process.on('message', (task: ProcessTask) => {
  if (task === 'end') stopping.abort();
  else void run(task);
});
// Whoever began it has gone, and its lease with it.
process.on('disconnect', () => process.exit());
// A terminal's Ctrl-C reaches the whole group: the one that serves says when to end.
for (const signal of STOP_SIGNALS) process.on(signal, () => {});
ignoreUserSignals();
