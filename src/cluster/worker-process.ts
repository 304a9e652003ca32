/** The program of one worker of `serve --workers`. It is told how to serve, and reports, by messages. */
import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { sentenceOf } from '../commands/command.ts';
import { startServerProcess } from '../commands/server-process.ts';
import { parseConfig } from '../config.ts';
import { openStore } from '../db/open.ts';
import { createDeferred } from '../lib/deferred.ts';
import { openLog } from '../log.ts';
import { ignoreUserSignals, STOP_SIGNALS } from '../signals.ts';
import type { WorkerOrder, WorkerReport, WorkerSettings } from './messages.ts';

// A terminal's Ctrl-C reaches the whole process group; the primary decides when its workers stop.
for (const signal of STOP_SIGNALS) process.on(signal, () => {});
ignoreUserSignals();
// The primary is gone. process.exit would wait for a search in a worker thread.
cluster.worker?.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const stopRequested = createDeferred<undefined>();

const report = (message: WorkerReport) =>
  new Promise<void>((resolve) => process.send?.(message, undefined, undefined, () => resolve()));

/** Serves until it is told to stop. @returns the exit code */
async function serve({ worker, workers, exportSourceUrl }: WorkerSettings): Promise<number> {
  const logDestination = openLog();
  try {
    const config = { ...parseConfig(process.env), exportSourceUrl };
    const log = pino({ level: config.logLevel, base: { worker } }, logDestination);
    // The primary has migrated it.
    const store = openStore(config.databaseUrl, { ...config, mustExist: true });
    try {
      const context = { now: Date.now, randomBytes };
      const maintainsDatabase = worker === 1;
      const server = await startServerProcess(context, { config, store, log, workers, maintainsDatabase });
      await report({ listening: server.address });
      server.startTasks();
      await stopRequested.promise;
      await server.stop();
    } finally {
      await store.close();
    }
    return 0;
  } catch (error) {
    await report({ failed: sentenceOf(error) });
    return 1;
  } finally {
    await logDestination.end();
  }
}

process.on('message', async (order: WorkerOrder) => {
  if (order === 'stop') stopRequested.resolve(undefined);
  else process.exit(await serve(order.start));
});
// node:cluster listens for messages from the start: an order that came earlier would be lost.
void report('loaded');
