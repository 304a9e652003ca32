import { pino } from 'pino';
import { parseConfig } from '../config.ts';
import { createGateway } from '../gateway.ts';
import type { ServeContext } from './command.ts';
import { announce, demoBearer, warnOfDemoAccess } from './demo-notices.ts';
import { claimHealthFile } from './health-file.ts';

export interface ServeOptions {
  /** Loads the seeds into an empty database and prints two requests to try. */
  demo: boolean;
}

/**
 * Serves both APIs until the process is asked to stop, then answers the requests in flight and closes the database.
 * @throws ConfigError, DatabaseError, ListenError
 */
export async function serve(context: ServeContext, { demo }: ServeOptions): Promise<number> {
  const config = parseConfig(context.env);
  // Before the migration: a signal that arrives meanwhile must neither be lost nor end the process halfway.
  const stopRequested = context.stopRequested();
  const log = pino({ level: config.logLevel, base: null }, context.logDestination);
  const warn = (message: string) => log.warn(message);
  const reportHealth = claimHealthFile(config.healthFile, 'serve', warn);
  const { now, randomBytes } = context;
  const gateway = await createGateway({ ...config, demo, log, now, randomBytes });
  try {
    const address = await gateway.listen();
    reportHealth({ address });
    log.info({ address, database: config.databaseUrl }, 'listening');
    if (demo) announce(context, config, address, await demoBearer(gateway.store));
    else await warnOfDemoAccess(gateway.store, warn);

    await stopRequested;
    log.info('stopping');
    await gateway.close();
    log.info('stopped');
  } finally {
    await gateway.close();
  }
  return 0;
}
