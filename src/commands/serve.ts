import { setTimeout } from 'node:timers/promises';
import { pino } from 'pino';
import { gatewayConfig, parseConfig } from '../config.ts';
import { createGateway } from '../gateway.ts';
import { databaseName } from '../lib/postgres-url.ts';
import { metricsReader, startConfiguredManagement } from '../management/start.ts';
import { createMetrics } from '../metrics/metrics.ts';
import type { ServeContext } from './command.ts';
import { findDemoToken, printListeningNotice, warnAboutDemoCredentials } from './demo-notices.ts';
import { claimHealthFile } from './health-file.ts';

export interface ServeOptions {
  /** If true, loads the demo data into an empty database and prints two requests to try. */
  demo: boolean;
}

/**
 * Serves both APIs until a stop signal arrives. Then finishes the requests in flight and closes the database.
 * @throws ConfigError, DatabaseError, ListenError
 */
export async function serve(context: ServeContext, { demo }: ServeOptions): Promise<number> {
  const config = parseConfig(context.env);
  const { healthFile, logLevel, drainSeconds } = config;
  // Before the migration, so that a signal during the migration is not lost and does not interrupt it.
  const stopRequested = context.stopRequested();
  const log = pino({ level: logLevel, base: null }, context.logDestination);
  const warn = (message: string) => log.warn(message);
  const reportHealth = claimHealthFile(healthFile, 'serve', warn);
  const { now, randomBytes } = context;
  const metrics = config.managementPort === undefined ? undefined : createMetrics();
  let isReady = async () => false;
  // Before the migration, so that operators see that the process lives and is not ready.
  const management =
    metrics &&
    (await startConfiguredManagement(config, {
      isReady: () => isReady(),
      readMetrics: metricsReader(metrics),
      log,
    }));
  const gateway = await createGateway({
    ...gatewayConfig(config),
    demo,
    log,
    now,
    randomBytes,
    metrics,
  }).catch(async (error: unknown) => {
    await management?.stop();
    throw error;
  });
  try {
    const address = await gateway.listen();
    isReady = async () => {
      await gateway.store.probe();
      return true;
    };
    reportHealth({ address });
    log.info({ address, database: databaseName(config.databaseUrl) }, 'listening');
    if (demo) printListeningNotice(context, config, address, await findDemoToken(gateway.store));
    else await warnAboutDemoCredentials(gateway.store, warn);

    await stopRequested;
    log.info('stopping');
    isReady = async () => false;
    gateway.startDraining();
    await setTimeout(drainSeconds * 1000);
    await gateway.close();
    log.info('stopped');
  } finally {
    await gateway.close();
    await management?.stop();
  }
  return 0;
}
