import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type DestinationStream, type Logger, pino } from 'pino';
import { monotonicFactory } from 'ulid';
import { createApp, DECIDING_HEADERS } from '../app.ts';
import { type Config, DEFAULT_EXPORTS_DIR, parseConfig } from '../config.ts';
import { openStore, type Store } from '../db/open.ts';
import { createSearchPool, type SearchPool } from '../db/search-pool.ts';
import { createRequestLog, type RefusalLog } from '../http/access-log.ts';
import { createListener } from '../http/cache/listener.ts';
import { createResponseCache } from '../http/cache/response-cache.ts';
import { listenFailure } from '../http/listen-failure.ts';
import { hashSecret } from '../http/secrets.ts';
import { listen, type RunningServer } from '../http/server.ts';
import { IN_MEMORY } from '../lib/path-variable.ts';
import type { Runner } from '../runner/runner.ts';
import { openRunner } from '../runner/start.ts';
import type { Outbox } from '../webhooks/outbox.ts';
import { startWebhooks } from '../webhooks/start.ts';
import { type CommandContext, CommandError, say } from './command.ts';
import { prepareExportsFolder } from './exports-folder.ts';
import { claimHealthFile } from './health-file.ts';
import { exportSourceOf, tightenRetailSource } from './retail.ts';
import { demoAccess, hasNoTasks, loadSeeds } from './seed.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What serving needs beyond the other commands. */
export interface ServeContext extends CommandContext {
  /** Where the log goes. */
  logDestination: DestinationStream;
  /** Resolves when the process is asked to end. */
  stopRequested(): Promise<void>;
}

// Well under the ten seconds that a stop may take in all.
const GRACE_MS = 8000;

const SEARCH_THREADS = Math.max(1, availableParallelism() - 1);
const MOST_WAITING_SEARCHES = 100;

const CACHE_MAX_BYTES = 32 * 1024 * 1024;

/**
 * Serves both APIs until the process is asked to end, then answers what is in flight and closes the database.
 * @param options with `demo`, the seeds are loaded into an empty database and two curl lines are printed
 * @throws ConfigError, DatabaseError, CommandError when it cannot listen
 */
export async function serve(context: ServeContext, { demo }: { demo: boolean }): Promise<number> {
  const config = keepingNothing(parseConfig(context.env));
  // Asked before the work begins: a signal that comes while we migrate must not be lost, nor end us halfway.
  const stopRequested = context.stopRequested();
  const log = pino({ level: config.logLevel, base: null }, context.logDestination);
  const warn = (message: string) => log.warn(message);
  const reportHealth = claimHealthFile(config.healthFile, 'serve', warn);
  prepareExportsFolder(config.exportsDir, warn);
  const store = openStore(config.databaseUrl, { onWarning: warn });
  let search: SearchPool | undefined;
  let webhooks: Outbox | undefined;
  let runner: Runner | undefined;
  try {
    tightenRetailSource(config.databaseUrl, warn);
    await store.migrate();
    const exportSourceUrl = exportSourceOf(config, { demo, now: context.now() });
    if (demo && (await hasNoTasks(store))) await loadSeeds(store, context.now());

    let draining = false;
    const shared = {
      now: context.now,
      clock: () => performance.now(),
      newRequestId: randomUUID,
      newUlid: monotonicFactory(),
      isDraining: () => draining,
    };
    // Nobody else can see a database in memory.
    if (config.databaseUrl !== IN_MEMORY) search = startSearch(config, log);
    runner = await openRunner({ ...config, exportSourceUrl }, store, log, context.now);
    const downloads = { ...config, key: await downloadKey(config, store, context) };
    const { fetch } = createApp({ ...config, ...shared, store, ...search, runner, downloads, log });
    const cache = createResponseCache({
      dataVersion: store.version,
      scopeVersion: store.revision,
      now: context.now,
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
    const server = await start(config, listener, requestLog);
    reportHealth({ address: server.address });
    log.info({ address: server.address, database: config.databaseUrl }, 'listening');
    if (config.runTasks) {
      runner.start();
      webhooks = startWebhooks({ ...config, store, log, now: context.now });
    }
    if (demo) await announce(context, config, server, store);
    else await warnOfDemoAccess(store, log.warn.bind(log));

    await stopRequested;
    log.info('stopping');
    draining = true;
    // Together: a client may be waiting for a task that it executes.
    await Promise.all([server.stop(GRACE_MS), runner.stop(), webhooks?.stop()]);
    log.info('stopped');
  } finally {
    await Promise.all([runner?.stop(), webhooks?.stop()]);
    await search?.close();
    await store.close();
  }
  return 0;
}

/** Puts exports into a temporary folder when the tasks are in memory, unless EXPORTS_DIR names another. */
const keepingNothing = (config: Config): Config =>
  config.databaseUrl === IN_MEMORY && config.exportsDir === DEFAULT_EXPORTS_DIR
    ? { ...config, exportsDir: join(temporaryFolder(), 'exports') }
    : config;

/** What signs download URLs: the configured key, or one that is made once for all processes. */
const downloadKey = async ({ downloadKey: key }: Config, store: Store, context: CommandContext) =>
  key === undefined ? store.ownKeys.get('downloads', context.randomBytes(32)) : Buffer.from(key);

const startSearch = ({ databaseUrl }: Config, log: Logger) =>
  createSearchPool({
    databaseUrl,
    threads: SEARCH_THREADS,
    maxWaiting: MOST_WAITING_SEARCHES,
    reportError: (error) => log.error({ err: error }, 'search thread failed'),
  });

async function start(
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

async function announce(
  context: CommandContext,
  config: Config,
  server: RunningServer,
  store: Store,
): Promise<void> {
  const [token] = demoAccess().tokens;
  const bearer =
    token !== undefined && (await isActive(store, token.id)) ? `${token.id}:${token.secret}` : 'ID:SECRET';
  const { address, port } = server.address;
  const url = (hosts: readonly string[], target: string) =>
    curlTarget(hosts[0] ?? '', server.address, target);
  say(
    context,
    `Taskgate listens on ${authority(address, port)}, with the database ${config.databaseUrl}. Try:

  curl ${url(config.servicesHosts, '/tasks?status=DONE&action=export')} -H 'Authorization: Bearer ${bearer}'
  curl ${url(config.hdpHosts, '/tasks?hdp_tasks_page=1&hdp_tasks_per_page=10&hdp_tasks_search=01JPJ')}
`,
  );
}

/** What to give curl to reach a host of ours from this machine: names under localhost need no DNS. */
function curlTarget(host: string, { address, port }: AddressInfo, target: string): string {
  const isEverywhere = address === '0.0.0.0' || address === '::';
  const isLoopback = isEverywhere || address === '127.0.0.1' || address === '::1';
  const isLocalName = host === 'localhost' || host.endsWith('.localhost');
  if (isLoopback && isLocalName) return `'http://${host}:${port}${target}'`;
  return `-H 'Host: ${host}' 'http://${authority(isEverywhere ? '127.0.0.1' : address, port)}${target}'`;
}

const authority = (address: string, port: number) =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** The demo's credentials are public: where they work without --demo, somebody should know. */
async function warnOfDemoAccess(store: Store, warn: (message: string) => void): Promise<void> {
  const { tokens, sessions, keys } = demoAccess();
  for (const { id } of tokens) {
    if (await isActive(store, id))
      warn(`the public demo token ${id} works here; see taskgate tokens revoke ${id}`);
  }
  for (const { id, key } of sessions) {
    const session = await store.access.findSession(hashSecret(key));
    if (session?.revokedAt === null) {
      warn(`the public demo session ${id} works here; see taskgate sessions revoke ${id}`);
    }
  }
  for (const { id, key } of keys) {
    const found = await store.apiKeys.find(hashSecret(key));
    if (found?.revokedAt === null)
      warn(`the public demo key ${id} works here; see taskgate keys revoke ${id}`);
  }
}

const isActive = async (store: Store, tokenId: string) =>
  (await store.access.findToken(tokenId))?.revokedAt === null;
