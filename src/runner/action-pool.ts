import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { WORKER_ARGUMENTS } from '../threads.ts';
import type { WorkerSettings, WorkerTask, WorkerWord } from './action-worker.ts';
import type { Perform, Performed } from './perform.ts';

export interface ActionPool {
  perform: Perform;
  close(): Promise<void>;
}

/** How long an action may take to end once it is asked to, in milliseconds; then its thread is ended. */
const GRACE_MS = 3000;

/** A thread that had nothing to do for so long goes away, in milliseconds. */
const IDLE_MS = 10_000;

/** Actions run in worker threads, so that whatever one does, the event loop goes on. */
export function createActionPool(settings: WorkerSettings, threads: number): ActionPool {
  const pool = new Piscina<WorkerTask, Performed>({
    filename: new URL('./action-worker.js', import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: IDLE_MS,
    execArgv: WORKER_ARGUMENTS,
    workerData: settings,
  });
  return {
    async perform(order, { log, signal }) {
      const { port1: ours, port2: theirs } = new MessageChannel();
      const over = new Promise<void>((resolve) => {
        // A thread that ends closes its port.
        ours.on('close', resolve);
        ours.on('message', (word: WorkerWord) => {
          if (word === 'ended') resolve();
          else log(word.level, word.message);
        });
      });
      const ending = new AbortController();
      let grace: NodeJS.Timeout | undefined;
      const end = () => {
        ours.postMessage('end');
        grace = setTimeout(() => ending.abort(), GRACE_MS);
      };
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      try {
        const task = { order, port: theirs };
        return await pool.run(task, { transferList: [theirs], signal: ending.signal });
      } finally {
        signal.removeEventListener('abort', end);
        clearTimeout(grace);
        // Of use where no thread ever got it.
        theirs.close();
        await over;
        ours.close();
      }
    },
    close: () => pool.destroy(),
  };
}
