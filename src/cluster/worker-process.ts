/** The program of one worker of `serve --workers`. It exchanges messages with the primary process. */
import cluster from 'node:cluster';
import { pino } from 'pino';
import { sentenceOf } from '../commands/command.ts';
import { parseConfig } from '../config.ts';
import { createGateway } from '../gateway.ts';
import { openLog } from '../log.ts';
import { ignoreUserSignals, STOP_SIGNALS } from '../signals.ts';
import type { PrimaryMessage, WorkerMessage, WorkerSettings } from './messages.ts';

// As in cli.ts.
process.noDeprecation = true;
// Ctrl-C in a terminal reaches the whole process group. The primary process decides when its workers stop.
for (const signal of STOP_SIGNALS) process.on(signal, () => {});
ignoreUserSignals();
// The primary process has ended. process.exit would wait for a search in a worker thread.
cluster.worker?.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const stopRequested = Promise.withResolvers<undefined>();

const sendMessage = (message: WorkerMessage) =>
  new Promise<void>((resolve) => process.send?.(message, undefined, undefined, () => resolve()));

/** Serves until the primary process sends `stop`. @returns the exit code */
async function serve({ worker, workers, exportSourceUrl }: WorkerSettings): Promise<number> {
  const logDestination = openLog();
  try {
    const { healthFile: _, logLevel, ...config } = parseConfig(process.env);
    const log = pino({ level: logLevel, base: { worker } }, logDestination);
    const sharing = { number: worker, of: workers };
    const gateway = await createGateway({ ...config, exportSourceUrl, log, worker: sharing });
    try {
      await sendMessage({ listening: await gateway.listen() });
      await stopRequested.promise;
    } finally {
      await gateway.close();
    }
    return 0;
  } catch (error) {
    await sendMessage({ failed: sentenceOf(error) });
    return 1;
  } finally {
    await logDestination.end();
  }
}

process.on('message', async (message: PrimaryMessage) => {
  if (message === 'stop') stopRequested.resolve(undefined);
  else process.exit(await serve(message.start));
});
// The primary process must not send messages before this listener exists: they would be lost.
void sendMessage('loaded');
