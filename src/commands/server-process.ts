import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createApp, DECIDING_HEADERS } from '../app.ts';
import type { Config } from '../config.ts';
import { type Maintenance, startMaintenance } from '../db/maintenance-thread.ts';
import type { Store } from '../db/open.ts';
import { createSearchPool, type SearchPool } from '../db/search-pool.ts';
import { createRequestLog, type RefusalLog } from '../http/access-log.ts';
import { createListener } from '../http/cache/listener.ts';
import { createResponseCache } from '../http/cache/response-cache.ts';
import { authority, listenFailure } from '../http/listen-failure.ts';
import { listen, type RunningServer } from '../http/server.ts';
import { IN_MEMORY } from '../lib/path-variable.ts';
import { shareOfProcessors } from '../lib/processors.ts';
import { createUlids } from '../lib/ulids.ts';
import { openRunner } from '../runner/start.ts';
import type { Outbox } from '../webhooks/outbox.ts';
import { startWebhooks } from '../webhooks/start.ts';
import { watchAbandonedImports } from './abandoned-imports.ts';
import { CommandError, type ServeContext } from './command.ts';

export interface ServerProcessOptions {
  config: Config;
  /** A migrated database. */
  store: Store;
  log: Logger;
  /** How many processes listen on this port; they share the processors. */
  workers: number;
  /** True in the one process that maintains the database and removes what killed imports left. */
  maintainsDatabase: boolean;
}

/** A process that serves both APIs, runs tasks and sends webhooks. */
export interface ServerProcess {
  /** Where it listens. */
  readonly address: AddressInfo;
  /** Starts to run tasks that are due and to send webhooks, unless RUN_TASKS is `no`. */
  startTasks(): void;
  /** Answers the requests in flight and ends the runs; the store stays open. */
  stop(): Promise<void>;
}

// Well under the ten seconds that a stop may take in all.
const GRACE_MS = 8000;

const MAX_QUEUED_SEARCHES = 100;

const CACHE_MAX_BYTES = 32 * 1024 * 1024;

/**
 * Creates the server of this process and listens.
 * @throws CommandError if it cannot listen
 */
export async function startServerProcess(
  { now, randomBytes }: Pick<ServeContext, 'now' | 'randomBytes'>,
  { config, store, log, workers, maintainsDatabase }: ServerProcessOptions,
): Promise<ServerProcess> {
  const threads = shareOfProcessors(workers);
  let search: SearchPool | undefined;
  let maintenance: Maintenance | undefined;
  let webhooks: Outbox | undefined;
  let draining = false;
  const shared = {
    now,
    clock: () => performance.now(),
    newRequestId: randomUUID,
    newUlid: createUlids(randomBytes),
    isDraining: () => draining,
  };
  const runner = await openRunner(config, store, log, now, { parallel: threads });
  try {
    // No other connection can see a database in memory.
    if (config.databaseUrl !== IN_MEMORY) {
      const { databaseUrl } = config;
      search = createSearchPool({
        databaseUrl,
        threads,
        maxWaiting: MAX_QUEUED_SEARCHES,
        reportError: (error) => log.error({ err: error }, 'search thread failed'),
      });
      if (maintainsDatabase) {
        const reportError = (error: unknown) => log.error({ err: error }, 'maintenance thread failed');
        maintenance = startMaintenance({ databaseUrl, reportError });
      }
    }
    const downloads = { ...config, key: await downloadKey(config, store, randomBytes) };
    const { fetch } = createApp({ ...config, ...shared, store, ...search, runner, downloads, log });
    const cache = createResponseCache({
      dataVersion: store.dataVersion,
      scopeVersion: store.scopeVersion,
      now,
      clock: shared.clock,
      maxBytes: CACHE_MAX_BYTES,
    });
    const requestLog = createRequestLog(log);
    const listener = createListener({
      ...shared,
      fetch,
      cache,
      decidingHeaders: DECIDING_HEADERS,
      requestLog,
      log,
    });
    const server = await startListening(config, listener, requestLog);
    const abandonedImports = maintainsDatabase ? watchAbandonedImports(store, log, now) : undefined;
    return {
      address: server.address,
      startTasks() {
        if (!config.runTasks) return;
        runner.start();
        webhooks = startWebhooks({ ...config, store, log, now });
      },
      async stop() {
        draining = true;
        // Together: a client may be waiting for a task that it executes.
        await Promise.all([server.stop(GRACE_MS), runner.stop(), webhooks?.stop()]);
        await Promise.all([search?.close(), maintenance?.stop(), abandonedImports?.stop()]);
      },
    };
  } catch (error) {
    await runner.stop();
    await Promise.all([search?.close(), maintenance?.stop()]);
    throw error;
  }
}

/** Returns the key that signs download URLs: the configured key, or one that is created once for all processes. */
const downloadKey = async (
  { downloadKey: key }: Config,
  store: Store,
  randomBytes: ServeContext['randomBytes'],
) => (key === undefined ? store.serverSecrets.get('downloads', randomBytes(32)) : Buffer.from(key));

async function startListening(
  { host, port, keepAliveTimeoutSeconds }: Config,
  listener: RequestListener,
  refusalLog: RefusalLog,
): Promise<RunningServer> {
  const keepAliveTimeoutMs = keepAliveTimeoutSeconds * 1000;
  try {
    return await listen({ host, port, listener, newRequestId: randomUUID, refusalLog, keepAliveTimeoutMs });
  } catch (error) {
    throw new CommandError(`Cannot listen on ${authority(host, port)}: ${listenFailure(error, host, port)}.`);
  }
}
