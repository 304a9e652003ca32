import { join } from 'node:path';
import { pino } from 'pino';
import { type Config, DEFAULT_EXPORTS_DIR, parseConfig } from '../config.ts';
import { openStore } from '../db/open.ts';
import { IN_MEMORY } from '../lib/path-variable.ts';
import type { ServeContext } from './command.ts';
import { announce, demoBearer, warnOfDemoAccess } from './demo-notices.ts';
import { prepareExportsFolder } from './exports-folder.ts';
import { claimHealthFile } from './health-file.ts';
import { prepareDatabase } from './prepare-database.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface ServeOptions {
  /** Loads the seeds into an empty database and prints two requests to try. */
  demo: boolean;
}

/**
 * Serves both APIs until the process is asked to stop, then answers the requests in flight and closes the database.
 * @throws ConfigError, DatabaseError, CommandError if it cannot listen
 */
export async function serve(context: ServeContext, { demo }: ServeOptions): Promise<number> {
  const config = withTemporaryExports(parseConfig(context.env));
  // Before the migration: a signal that arrives meanwhile must neither be lost nor end the process halfway.
  const stopRequested = context.stopRequested();
  const log = pino({ level: config.logLevel, base: null }, context.logDestination);
  const warn = (message: string) => log.warn(message);
  const reportHealth = claimHealthFile(config.healthFile, 'serve', warn);
  prepareExportsFolder(config.exportsDir, warn);
  const store = openStore(config.databaseUrl, { ...config, onWarning: warn });
  let server: ServerProcess | undefined;
  try {
    const exportSourceUrl = await prepareDatabase(config, store, { demo, now: context.now(), warn });
    server = await startServerProcess(context, {
      config: { ...config, exportSourceUrl },
      store,
      log,
      workers: 1,
      maintainsDatabase: true,
    });
    reportHealth({ address: server.address });
    log.info({ address: server.address, database: config.databaseUrl }, 'listening');
    server.startTasks();
    if (demo) announce(context, config, server.address, await demoBearer(store));
    else await warnOfDemoAccess(store, warn);

    await stopRequested;
    log.info('stopping');
    await server.stop();
    log.info('stopped');
  } catch (error) {
    await server?.stop();
    throw error;
  } finally {
    await store.close();
  }
  return 0;
}

/** Puts exports into a temporary folder when the tasks are in memory, unless EXPORTS_DIR names another. */
const withTemporaryExports = (config: Config): Config =>
  config.databaseUrl === IN_MEMORY && config.exportsDir === DEFAULT_EXPORTS_DIR
    ? { ...config, exportsDir: join(temporaryFolder(), 'exports') }
    : config;
