/** Runs in a worker thread: one action at a time, which tells its log and hears of its end through a port. */
import type { MessagePort } from 'node:worker_threads';
import { workerData } from 'piscina';
import type { LogLevel } from '../db/schema.ts';
import { loadActions } from './actions.ts';
import { type ActionSettings, createPerform, type Performed, type RunOrder } from './perform.ts';

export interface WorkerSettings extends ActionSettings {
  /** As a file: URL. */
  actionsFolder: string;
}

/** What the worker is asked to do; any message on the port asks the run to end. */
export interface WorkerTask {
  order: RunOrder;
  port: MessagePort;
}

/** What the worker says on the port: an entry for the task's log, or that the run is over. */
export type WorkerWord = { level: LogLevel; message: string } | 'ended';

const { actionsFolder, ...settings }: WorkerSettings = workerData;
const perform = createPerform(await loadActions(actionsFolder), settings, Date.now);

export default async function run({ order, port }: WorkerTask): Promise<Performed> {
  const stopping = new AbortController();
  const say = (word: WorkerWord) => port.postMessage(word);
  port.on('message', () => stopping.abort());
  try {
    return await perform(order, {
      log: (level, message) => say({ level, message }),
      signal: stopping.signal,
    });
  } finally {
    // Closing the port would be heard only when this thread, which waits for its next task, turns to its events.
    say('ended');
  }
}
