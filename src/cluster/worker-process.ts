/** The program of one worker of `serve --workers`. It is told how to serve, and reports, by messages. */
import cluster from 'node:cluster';
import { pino } from 'pino';
import { sentenceOf } from '../commands/command.ts';
import { parseConfig } from '../config.ts';
import { createGateway } from '../gateway.ts';
import { openLog } from '../log.ts';
import { ignoreUserSignals, STOP_SIGNALS } from '../signals.ts';
import type { WorkerOrder, WorkerReport, WorkerSettings } from './messages.ts';

// A terminal's Ctrl-C reaches the whole process group; the primary decides when its workers stop.
for (const signal of STOP_SIGNALS) process.on(signal, () => {});
ignoreUserSignals();
// The primary is gone. process.exit would wait for a search in a worker thread.
cluster.worker?.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const stopRequested = Promise.withResolvers<undefined>();

const report = (message: WorkerReport) =>
  new Promise<void>((resolve) => process.send?.(message, undefined, undefined, () => resolve()));

/** Serves until it is told to stop. @returns the exit code */
async function serve({ worker, workers, exportSourceUrl }: WorkerSettings): Promise<number> {
  const logDestination = openLog();
  try {
    const config = { ...parseConfig(process.env), exportSourceUrl };
    const log = pino({ level: config.logLevel, base: { worker } }, logDestination);
    const gateway = await createGateway({ ...config, log, worker: { number: worker, of: workers } });
    try {
      await report({ listening: await gateway.listen() });
      await stopRequested.promise;
    } finally {
      await gateway.close();
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
