import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { pino } from 'pino';
import { AggregatorRegistry } from 'prom-client';
import { startWorkers, WorkerError } from '../cluster/supervisor.ts';
import { type Config, parseConfig } from '../config.ts';
import { openStore } from '../db/open.ts';
import { prepareExportsFolder } from '../exports/prepare-folder.ts';
import { authority } from '../http/listen-error.ts';
import { IN_MEMORY } from '../lib/path-variable.ts';
import { databaseName } from '../lib/postgres-url.ts';
import { startConfiguredManagement } from '../management/start.ts';
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
  let isReady = async () => false;
  const management = await startConfiguredManagement(config, {
    isReady: () => isReady(),
    readMetrics: readWorkerMetrics,
    log,
  });
  const { exportSourceUrl, demoToken } = await prepareForWorkers(config, context, { demo, warn }).catch(
    async (error: unknown) => {
      await management?.stop();
      throw error;
    },
  );
  const { logDestination } = context;
  const supervisor = startWorkers({ workers, exportSourceUrl, log, logDestination });
  try {
    const address = await Promise.race([supervisor.listening, supervisor.failed, stopRequested]);
    if (address) {
      reportHealth({ address });
      isReady = () => isAlive(address);
      log.info({ address, database: databaseName(config.databaseUrl), workers }, 'listening');
      if (demo) printListeningNotice(context, config, address, demoToken);
    }
    await Promise.race([stopRequested, supervisor.failed]);
    isReady = async () => false;
    supervisor.startDraining();
    await setTimeout(config.drainSeconds * 1000);
  } catch (error) {
    throw error instanceof WorkerError ? new CommandError(error.message) : error;
  } finally {
    log.info('stopping');
    isReady = async () => false;
    await supervisor.stop();
    await management?.stop();
    log.info('stopped');
  }
  return 0;
}

/** Returns true if a worker answers the health check. */
async function isAlive({ address, port }: AddressInfo): Promise<boolean> {
  const host = UNSPECIFIED[address] ?? address;
  const response = await fetch(`http://${authority(host, port)}/is-alive`, {
    signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS),
  });
  return response.ok;
}

const HEALTH_TIMEOUT_MS = 5000;

/** A server that listens on all addresses is reached at this one. */
const UNSPECIFIED: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Reads the metrics of all workers, and adds them up. */
async function readWorkerMetrics() {
  const registry = new AggregatorRegistry();
  return { text: await registry.clusterMetrics(), type: registry.contentType };
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
