import { pino } from 'pino';
import { startWorkers, WorkerError } from '../cluster/supervisor.ts';
import { type Config, parseConfig } from '../config.ts';
import { openStore } from '../db/open.ts';
import { prepareExportsFolder } from '../exports/prepare-folder.ts';
import { IN_MEMORY } from '../lib/path-variable.ts';
import { databaseName } from '../lib/postgres-url.ts';
import { prepareDatabase } from '../prepare-database.ts';
import { createTemporaryFolder } from '../temporary-folder.ts';
import { CommandError, type ServeContext } from './command.ts';
import { findDemoToken, printListeningNotice, warnAboutDemoCredentials } from './demo-notices.ts';
import { claimHealthFile } from './health-file.ts';

export interface ServeWorkersOptions {
  demo: boolean;
  workers: number;
}

/**
 * Serves both APIs with several worker processes on one port. The primary process prepares the database, starts and
 * replaces the workers and writes their log lines. It handles no requests.
 * @throws ConfigError, DatabaseError, CommandError if the workers cannot listen or keep ending
 */
export async function serveWithWorkers(
  context: ServeContext,
  { demo, workers }: ServeWorkersOptions,
): Promise<number> {
  const config = parseConfig(context.env);
  if (config.databaseUrl === IN_MEMORY) {
    throw new CommandError(
      `A database in memory cannot be shared by processes; set DATABASE_URL to a file, or omit --workers ${workers}.`,
    );
  }
  const stopRequested = context.stopRequested();
  const log = pino({ level: config.logLevel, base: null }, context.logDestination);
  const warn = (message: string) => log.warn(message);
  const reportHealth = claimHealthFile(config.healthFile, 'serve', warn);
  const { exportSourceUrl, demoToken } = await prepareForWorkers(config, context, { demo, warn });
  const { logDestination } = context;
  const supervisor = startWorkers({ workers, exportSourceUrl, log, logDestination });
  try {
    const address = await Promise.race([supervisor.listening, supervisor.failed, stopRequested]);
    if (address) {
      reportHealth({ address });
      log.info({ address, database: databaseName(config.databaseUrl), workers }, 'listening');
      if (demo) printListeningNotice(context, config, address, demoToken);
    }
    await Promise.race([stopRequested, supervisor.failed]);
  } catch (error) {
    throw error instanceof WorkerError ? new CommandError(error.message) : error;
  } finally {
    log.info('stopping');
    await supervisor.stop();
    log.info('stopped');
  }
  return 0;
}

/** Prepares the database for all workers, and closes it. */
async function prepareForWorkers(
  config: Config,
  context: ServeContext,
  { demo, warn }: { demo: boolean; warn(message: string): void },
) {
  prepareExportsFolder(config.exportsDir, warn);
  const store = openStore(config.databaseUrl, { ...config, onWarning: warn, now: context.now });
  try {
    const exportSourceUrl = await prepareDatabase(config, store, {
      demo,
      now: context.now(),
      temporaryFolder: createTemporaryFolder(),
      warn,
    });
    if (!demo) await warnAboutDemoCredentials(store, warn);
    return { exportSourceUrl, demoToken: demo ? await findDemoToken(store) : '' };
  } finally {
    await store.close();
  }
}
