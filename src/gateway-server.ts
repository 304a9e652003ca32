import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { CACHE_KEY_HEADERS, createApp } from './app.ts';
import { watchAbandonedImports } from './db/abandoned-imports.ts';
import { type Store, startDatabaseWork } from './db/open.ts';
import type { GatewaySettings } from './gateway-options.ts';
import { createRequestLog, type RefusalLog } from './http/access-log.ts';
import { createListener } from './http/cache/listener.ts';
import { createResponseCache } from './http/cache/response-cache.ts';
import { createClientAddress, type Peer } from './http/client-address.ts';
import { createRequestLimits } from './http/limits/request-limits.ts';
import { ListenError } from './http/listen-error.ts';
import { createOverloadDetector } from './http/overload.ts';
import { listen, type ServerOptions } from './http/server.ts';
import { createUlids } from './lib/ulids.ts';
import { logError } from './log-error.ts';
import type { Metrics } from './metrics/metrics.ts';
import { maxParallelism, openRunner } from './runner/start.ts';
import { startWebhooks } from './webhooks/start.ts';

/** Well under the ten seconds in which supervisors expect a process to stop. */
const GRACE_MS = 8000;

const CACHE_MAX_BYTES = 32 * 1024 * 1024;

/** The parts of a gateway that run on its store: app, response cache, runner, webhooks and threads. */
export interface GatewayServer {
  /** Handles a request without a socket. */
  fetch(request: Request): Response | Promise<Response>;
  /** Listens and starts to run tasks. @throws ListenError */
  listen(): Promise<AddressInfo>;
  /** Answers further requests, and closes each connection after its response. */
  startDraining(): void;
  /** Finishes the requests in flight and aborts the runs. Does not close the store. */
  stop(): Promise<void>;
}

/** Creates the app with its response cache, task runner and threads, on a migrated database. */
export async function createServer(settings: GatewaySettings, store: Store): Promise<GatewayServer> {
  const { databaseUrl, log, now, randomBytes, worker, metrics } = settings;
  const parallel = maxParallelism(worker?.of ?? 1);
  const runner = await openRunner(settings, store, log, now, { parallel });
  const databaseWork = startDatabaseWork({
    store,
    databaseUrl,
    searchThreads: parallel,
    maintains: maintainsDatabase(worker),
    reportError: (error, message) => logError(log, error, message),
  });
  let isDraining = false;
  const clientAddress = createClientAddress(settings.trustedProxies);
  const limits = createRequestLimits(settings);
  const overload = createOverloadDetector(settings.maxEventLoopDelayMs);
  const common = {
    now,
    clock: () => performance.now(),
    newRequestId: randomUUID,
    newUlid: createUlids(randomBytes),
    isDraining: () => isDraining,
    isOverloaded: overload.isOverloaded,
  };
  try {
    const downloads = { ...settings, key: await downloadKey(settings, store) };
    const app = createApp({
      ...settings,
      ...common,
      limits,
      ...(databaseWork.search && { search: databaseWork.search }),
      ...{ store, runner, downloads },
    });
    const listener = createListener({
      ...common,
      fetch: app.fetch,
      cache: createResponseCache({
        dataVersion: store.dataVersion,
        scopeVersion: store.scopeVersion,
        ...(store.confirm && { confirm: store.confirm }),
        now,
        clock: common.clock,
        maxBytes: CACHE_MAX_BYTES,
      }),
      keyHeaders: CACHE_KEY_HEADERS,
      requestLog: createRequestLog(log, clientAddress),
      clientAddress,
      countHit: limits.countHit,
      metrics,
      log,
    });
    let listening: Promise<Listening> | undefined;
    return {
      fetch: (request) => app.fetch(request),
      async listen() {
        if (isDraining) throw new Error('The gateway is closed.');
        listening ??= startListening(settings, { store, listener, runner, clientAddress });
        return (await listening).address;
      },
      startDraining() {
        void listening?.then((started) => started.startDraining());
      },
      async stop() {
        isDraining = true;
        const started = await listening?.catch(() => undefined);
        // At the same time, because a request in flight may wait for a run.
        await Promise.all([started?.stop(), runner.stop()]);
        await databaseWork.stop();
        overload.stop();
      },
    };
  } catch (error) {
    await runner.stop();
    await databaseWork.stop();
    overload.stop();
    throw error;
  }
}

/** A listening server with its background work. */
interface Listening {
  address: AddressInfo;
  startDraining(): void;
  stop(): Promise<void>;
}

interface ListeningParts {
  store: Store;
  listener: ServerOptions['listener'];
  runner: { start(): void };
  clientAddress(request: Peer): string | undefined;
}

async function startListening(
  {
    host,
    port,
    keepAliveTimeoutSeconds,
    requestTimeoutSeconds,
    maxConnections,
    runTasks,
    webhookAllow,
    log,
    now,
    worker,
    metrics,
  }: GatewaySettings,
  { store, listener, runner, clientAddress }: ListeningParts,
): Promise<Listening> {
  const server = await listen({
    host,
    port,
    listener,
    newRequestId: randomUUID,
    refusalLog: countRefusals(createRequestLog(log, clientAddress), metrics),
    keepAliveTimeoutMs: keepAliveTimeoutSeconds * 1000,
    requestTimeoutMs: requestTimeoutSeconds * 1000,
    maxConnections,
  }).catch((error: unknown) => {
    throw new ListenError(host, port, error);
  });
  const abandonedImports = maintainsDatabase(worker) ? watchAbandonedImports(store, log) : undefined;
  if (runTasks) runner.start();
  const webhooks = runTasks ? startWebhooks({ store, webhookAllow, log, now }) : undefined;
  return {
    address: server.address,
    startDraining: server.startDraining,
    async stop() {
      await Promise.all([server.stop(GRACE_MS), webhooks?.stop()]);
      await abandonedImports?.stop();
    },
  };
}

/** Counts the requests that the server refuses before they reach an API. */
const countRefusals = (log: RefusalLog, metrics: Metrics | undefined): RefusalLog => ({
  refused(refusal, requestId, socket, incoming) {
    log.refused(refusal, requestId, socket, incoming);
    const { status } = refusal;
    metrics?.countRequest({ api: 'none', route: '', method: incoming?.method ?? '', status, ms: 0 });
  },
});

/** True in the one process that maintains the database and removes the tasks of killed imports. */
const maintainsDatabase = (worker: GatewaySettings['worker']) => worker === undefined || worker.number === 1;

/** Returns the configured key for download URLs, or the key that all processes share in the database. */
const downloadKey = async ({ downloadKey: key, randomBytes }: GatewaySettings, store: Store) =>
  key === undefined ? store.serverSecrets.findOrInsert('downloads', randomBytes(32)) : Buffer.from(key);
