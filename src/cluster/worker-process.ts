/** The program of one worker of `serve --workers`. It exchanges messages with the primary process. */
import cluster from 'node:cluster';
import { pino } from 'pino';
import { AggregatorRegistry } from 'prom-client';
import { sentenceOf } from '../commands/command.ts';
import { gatewayConfig, parseConfig } from '../config.ts';
import { createGateway } from '../gateway.ts';
import { openLog } from '../log.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { ignoreUserSignals, STOP_SIGNALS } from '../signals.ts';
import type { PrimaryMessage, WorkerMessage, WorkerSettings } from './messages.ts';

// As in cli.ts.
process.noDeprecation = true;
// Ctrl-C in a terminal reaches the whole process group. The primary process decides when its workers stop.
for (const signal of STOP_SIGNALS) process.on(signal, () => {});
ignoreUserSignals();
// The primary process has ended. process.exit would wait for a search in a worker thread.
cluster.worker?.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const drainRequested = Promise.withResolvers<undefined>();
const stopRequested = Promise.withResolvers<undefined>();

const sendMessage = (message: WorkerMessage) =>
  new Promise<void>((resolve) => process.send?.(message, undefined, undefined, () => resolve()));

/** Creates the metrics of this worker. The primary process reads them by messages. */
function shareMetrics(): Metrics {
  const metrics = createMetrics();
  AggregatorRegistry.setRegistries([metrics.registry]);
  new AggregatorRegistry();
  return metrics;
}

/** Serves until the primary process sends `stop`. @returns the exit code */
async function serve({ worker, workers, exportSourceUrl }: WorkerSettings): Promise<number> {
  const logDestination = openLog();
  try {
    const config = parseConfig(process.env);
    const { logLevel, managementPort } = config;
    const metrics = managementPort === undefined ? undefined : shareMetrics();
    const log = pino({ level: logLevel, base: { worker } }, logDestination);
    const sharing = { number: worker, of: workers };
    const gateway = await createGateway({
      ...gatewayConfig(config),
      ...{ exportSourceUrl, log, metrics, worker: sharing },
    });
    try {
      await sendMessage({ listening: await gateway.listen() });
      void drainRequested.promise.then(gateway.startDraining);
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
  if (message === 'drain') drainRequested.resolve(undefined);
  else if (message === 'stop') stopRequested.resolve(undefined);
  // The metrics library sends other messages.
  else if ('start' in message) process.exit(await serve(message.start));
});
// The primary process must not send messages before this listener exists: they would be lost.
void sendMessage('loaded');
