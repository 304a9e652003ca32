import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import { messageOf } from '../lib/text.ts';
import { isUnavailable } from './errors.ts';
import type { Store } from './store.ts';

const CHECK_INTERVAL_MS = 30_000;

/** Short, because a batch delays requests. */
const SERVER_BATCH_MS = 10;

/** How long `stop` waits for a batch, which another transaction may block. Nothing is lost if it is cut. */
const STOP_TIMEOUT_MS = 1000;

/** Removes the tasks of unfinished imports whose process was killed: now and every 30 seconds, in the background. */
export function watchAbandonedImports(store: Store, log: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const options = { batchMs: SERVER_BATCH_MS, signal: stopping.signal };
  let removal = Promise.resolve();
  const remove = async () => {
    try {
      const tasks = await store.imports.removeAbandoned(options);
      if (tasks > 0) log.warn({ tasks }, 'removed the tasks of an import that was killed');
    } catch (error) {
      // The store was closed during a batch.
      if (stopping.signal.aborted) return;
      log.warn(
        isUnavailable(error) ? { reason: messageOf(error) } : { err: error },
        'removing the tasks of an import that was killed failed',
      );
    }
  };
  const check = () => {
    removal = removal.then(remove);
  };
  check();
  const timer = setInterval(check, CHECK_INTERVAL_MS);
  return {
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await Promise.race([removal, setTimeout(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}
