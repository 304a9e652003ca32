import { pino } from 'pino';
import { parseConfig } from '../config.ts';
import { openStore } from '../db/open.ts';
import { tightenExports } from '../exports/files.ts';
import { openRunner, type RunnerSettings } from '../runner/start.ts';
import { startWebhooks } from '../webhooks/start.ts';
import { findRetailSource, tightenRetailSource } from './retail.ts';
import type { ServeContext } from './serve.ts';

/**
 * Runs the tasks that are due and sends webhooks until the process is asked to end; then what runs is broken off and given
 * up, for others to take. Any number of processes may do so at once.
 * @throws ConfigError, DatabaseError
 */
export async function work(context: ServeContext, settings: RunnerSettings = {}): Promise<number> {
  const config = parseConfig(context.env);
  const stopRequested = context.stopRequested();
  const log = pino({ level: config.logLevel, base: null }, context.logDestination);
  const warn = (message: string) => log.warn(message);
  const store = openStore(config.databaseUrl, warn);
  try {
    tightenExports(config.exportsDir, warn);
    tightenRetailSource(config.databaseUrl, warn);
    await store.migrate();
    const exportSourceUrl = config.exportSourceUrl ?? findRetailSource(config.databaseUrl);
    const runner = await openRunner({ ...config, exportSourceUrl }, store, log, context.now, settings);
    try {
      runner.start();
      const webhooks = startWebhooks({ ...config, store, log, now: context.now });
      log.info({ actions: runner.actions, database: config.databaseUrl }, 'working');
      await stopRequested;
      log.info('stopping');
      await webhooks.stop();
    } finally {
      await runner.stop();
    }
    log.info('stopped');
  } finally {
    await store.close();
  }
  return 0;
}
