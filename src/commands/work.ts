import { pino } from 'pino';
import { parseConfig } from '../config.ts';
import { openStore, type Store, startWriterWork } from '../db/open.ts';
import { exportSourceOf, tightenRetailSource } from '../demo/retail.ts';
import { prepareExportsFolder } from '../exports/prepare-folder.ts';
import { databaseName } from '../lib/postgres-url.ts';
import { messageOf } from '../lib/text.ts';
import { logError } from '../log-error.ts';
import { openRunner, type RunnerSettings } from '../runner/start.ts';
import { createTemporaryFolder } from '../temporary-folder.ts';
import { startWebhooks } from '../webhooks/start.ts';
import type { ServeContext } from './command.ts';
import { claimHealthFile, type ReportHealth } from './health-file.ts';

/**
 * Runs due tasks and sends webhooks until a stop signal arrives. Then aborts its runs and releases their leases, so that
 * other processes can claim the tasks. Several processes can work on one database.
 * @param options with `demo`, exports read the demo's retail data if no source is configured
 * @throws ConfigError, DatabaseError
 */
export async function work(
  context: ServeContext,
  { demo }: { demo: boolean },
  settings: RunnerSettings = {},
): Promise<number> {
  const config = parseConfig(context.env);
  const stopRequested = context.stopRequested();
  const log = pino({ level: config.logLevel, base: null }, context.logDestination);
  const warn = (message: string) => log.warn(message);
  const reportHealth = claimHealthFile(config.healthFile, 'work', warn);
  prepareExportsFolder(config.exportsDir, warn);
  const store = openStore(config.databaseUrl, { ...config, onWarning: warn, now: context.now });
  try {
    tightenRetailSource(config.databaseUrl, warn);
    await store.migrate();
    const exportSourceUrl = exportSourceOf(config, {
      demo,
      now: context.now(),
      temporaryFolder: createTemporaryFolder(),
    });
    const runner = await openRunner({ ...config, exportSourceUrl }, store, log, context.now, settings);
    let heartbeat: NodeJS.Timeout | undefined;
    const databaseWork = startWriterWork({
      store,
      databaseUrl: config.databaseUrl,
      reportError: (error, message) => logError(log, error, message),
    });
    try {
      runner.start();
      const webhooks = startWebhooks({ ...config, store, log, now: context.now });
      heartbeat = startHeartbeat(store, reportHealth, context.now, warn);
      log.info({ actions: runner.actions, database: databaseName(config.databaseUrl) }, 'working');
      await stopRequested;
      log.info('stopping');
      await webhooks.stop();
    } finally {
      clearInterval(heartbeat);
      await runner.stop();
      await databaseWork.stop();
    }
    log.info('stopped');
  } finally {
    await store.close();
  }
  return 0;
}

/** Well under the age at which `taskgate health` reports the process as unhealthy. */
const HEARTBEAT_MS = 5000;

/** Reports now and then every `HEARTBEAT_MS` that this process can read the database. */
function startHeartbeat(
  store: Store,
  reportHealth: ReportHealth,
  now: () => number,
  warn: (message: string) => void,
): NodeJS.Timeout {
  const beat = () =>
    store.hdpTasks.isEmpty().then(
      () => reportHealth({ checkedAt: now() }),
      (error: unknown) => warn(`the database cannot be read: ${messageOf(error)}`),
    );
  beat();
  return setInterval(beat, HEARTBEAT_MS);
}
