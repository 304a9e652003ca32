import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { ConfigError, type GatewayConfig, gatewayConfig, parseConfig } from './config.ts';
import { DEFAULT_EXPORTS_DIR } from './config-variables.ts';
import { checkOptionTypes, OPTION_TYPES } from './gateway-option-types.ts';
import { IN_MEMORY, isUrl, parsePath } from './lib/path-variable.ts';
import { isPostgresUrl } from './lib/postgres-url.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { TemporaryFolder } from './temporary-folder.ts';

/**
 * Options of `createGateway`; all of them are optional. An option with the name of an environment
 * variable in camel case has the same meaning. It also has the same default, except for `databaseUrl` and `port`.
 * `createGateway` does not read the environment.
 */
export interface GatewayOptions {
  /** A file path, a `file:` URL, a `postgres://` URL, or `:memory:`, which is the default. A file is created if it does not exist. */
  databaseUrl?: string | undefined;
  /** The `postgres://` URLs of replicas, which answer lists and searches if they are not behind; none by default. */
  databaseReplicaUrls?: readonly string[] | undefined;
  /** If false, a write is answered before it is on the disk, and power loss can undo it. True by default. */
  synchronousCommit?: boolean | undefined;
  /** The address that `listen` uses; `127.0.0.1` by default. */
  host?: string | undefined;
  /** The port that `listen` uses; by default 0, which selects any free port. */
  port?: number | undefined;
  /** How long an idle connection stays open, in seconds; 65 by default. */
  keepAliveTimeoutSeconds?: number | undefined;
  /** How long a request may take to arrive with its body, in seconds; 60 by default. */
  requestTimeoutSeconds?: number | undefined;
  /** How many connections are accepted; 10,000 by default. */
  maxConnections?: number | undefined;
  /** How long work may wait for the event loop before requests get 503, in milliseconds; 0, for no limit, by default. */
  maxEventLoopDelayMs?: number | undefined;
  /** Host names of the Services API; `services.localhost` by default. */
  servicesHosts?: readonly string[] | undefined;
  /** Host names of the HDP API; `hdp.localhost` by default. */
  hdpHosts?: readonly string[] | undefined;
  /** Addresses or CIDR blocks of the proxies whose `X-Forwarded-…` headers are used; none by default. */
  trustedProxies?: readonly string[] | undefined;
  /** Requests per minute of one token, admin user or API key; 0, for no limit, by default. */
  rateLimitCredential?: number | undefined;
  /** Requests per minute of one client address to what needs no credentials; 0, for no limit, by default. */
  rateLimitAddress?: number | undefined;
  /** Failed authentications per minute of one client address, and of one id; 0, for no limit, by default. */
  authFailureLimit?: number | undefined;
  /** The URL at which clients reach the Services API; download URLs begin with it. */
  servicesUrl?: string | undefined;
  /** The origins whose pages may use the Services API from a browser, such as `https://app.example.com`; none by default. */
  servicesCorsOrigins?: readonly string[] | undefined;
  /** The key that signs download URLs; by default one is created and stored in the database. */
  downloadKey?: string | undefined;
  /** The folder of export files: by default `data/exports`, or a temporary folder for a database in memory. */
  exportsDir?: string | undefined;
  /** If true, CSV exports begin with a UTF-8 byte order mark. False by default. */
  exportsCsvBom?: boolean | undefined;
  /** The SQLite file that exports read. Without one, export tasks end in ERROR. */
  exportSourceUrl?: string | undefined;
  /** If false, other processes run due tasks and send webhooks. True by default. */
  runTasks?: boolean | undefined;
  /** The maximum duration of a run, in seconds; 3600 by default. */
  runTimeoutSeconds?: number | undefined;
  /** Private addresses or CIDR blocks that webhooks may be sent to; none by default. */
  webhookAllow?: readonly string[] | undefined;
  /** If true, loads the demo tasks and credentials into an empty database. Exports read demo data. False by default. */
  demo?: boolean | undefined;
  /** Receives the log. Without it, nothing is logged. */
  log?: Logger | undefined;
  /** Receives the measurements. Without it, nothing is measured. */
  metrics?: Metrics | undefined;
  /** Returns the current time in Unix milliseconds; `Date.now` by default. */
  now?: (() => number) | undefined;
  /** Returns random bytes for ids and secrets; `randomBytes` of `node:crypto` by default. */
  randomBytes?: ((count: number) => Buffer) | undefined;
  /** Set in each worker process that shares the port and the database. The database must be migrated already. */
  worker?: { number: number; of: number } | undefined;
}

/** The options with their defaults. */
export interface GatewaySettings extends GatewayConfig {
  demo: boolean;
  log: Logger;
  metrics: Metrics | undefined;
  now(): number;
  randomBytes(count: number): Buffer;
  worker: { number: number; of: number } | undefined;
}

/** The options that have the checks of an environment variable. Paths are left out: programs use them as they are. */
const VARIABLES = [
  ['databaseReplicaUrls', 'DATABASE_REPLICA_URLS'],
  ['host', 'HOST'],
  ['port', 'PORT'],
  ['keepAliveTimeoutSeconds', 'KEEP_ALIVE_TIMEOUT'],
  ['requestTimeoutSeconds', 'REQUEST_TIMEOUT'],
  ['maxConnections', 'MAX_CONNECTIONS'],
  ['maxEventLoopDelayMs', 'MAX_EVENT_LOOP_DELAY'],
  ['servicesHosts', 'SERVICES_HOSTS'],
  ['hdpHosts', 'HDP_HOSTS'],
  ['trustedProxies', 'TRUSTED_PROXIES'],
  ['rateLimitCredential', 'RATE_LIMIT_CREDENTIAL'],
  ['rateLimitAddress', 'RATE_LIMIT_ADDRESS'],
  ['authFailureLimit', 'AUTH_FAILURE_LIMIT'],
  ['servicesUrl', 'SERVICES_URL'],
  ['servicesCorsOrigins', 'SERVICES_CORS_ORIGINS'],
  ['downloadKey', 'DOWNLOAD_KEY'],
  ['runTimeoutSeconds', 'RUN_TIMEOUT'],
  ['webhookAllow', 'WEBHOOK_ALLOW'],
] as const;

/**
 * Checks the options and fills in the defaults.
 * @param temporaryFolder holds the exports of a database in memory
 * @throws ConfigError that names all options that are wrong
 */
export function toGatewaySettings(
  options: GatewayOptions,
  temporaryFolder: TemporaryFolder,
): GatewaySettings {
  checkOptionTypes(options, OPTION_TYPES satisfies Record<keyof GatewayOptions, unknown>);
  const checked = parseOptions(options);
  const databaseUrl = databasePath(options.databaseUrl ?? IN_MEMORY);
  const exportsDir = options.exportsDir ?? DEFAULT_EXPORTS_DIR;
  return {
    ...checked,
    databaseUrl,
    synchronousCommit: options.synchronousCommit ?? checked.synchronousCommit,
    port: options.port === undefined ? 0 : checked.port,
    maxEventLoopDelayMs: options.maxEventLoopDelayMs ?? 0,
    rateLimitCredential: options.rateLimitCredential ?? 0,
    rateLimitAddress: options.rateLimitAddress ?? 0,
    authFailureLimit: options.authFailureLimit ?? 0,
    exportsDir:
      databaseUrl === IN_MEMORY && exportsDir === DEFAULT_EXPORTS_DIR
        ? join(temporaryFolder.path(), 'exports')
        : exportsDir,
    exportsCsvBom: options.exportsCsvBom ?? checked.exportsCsvBom,
    exportSourceUrl: options.exportSourceUrl,
    runTasks: options.runTasks ?? checked.runTasks,
    demo: options.demo ?? false,
    log: options.log ?? pino({ level: 'silent' }),
    metrics: options.metrics,
    now: options.now ?? Date.now,
    randomBytes: options.randomBytes ?? randomBytes,
    worker: options.worker,
  };
}

/** Parses options as the environment variables of the same meaning. */
function parseOptions(options: GatewayOptions): GatewayConfig {
  const environment = Object.fromEntries(
    VARIABLES.map(([option, variable]) => [variable, textOf(options[option])]),
  );
  if (isPostgresUrl(options.databaseUrl ?? '')) environment.DATABASE_URL = options.databaseUrl;
  try {
    return gatewayConfig(parseConfig(environment));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const optionOf = new Map<string, string>(VARIABLES.map(([option, variable]) => [variable, option]));
    optionOf.set('DATABASE_URL', 'databaseUrl');
    throw new ConfigError(error.message.replace(/\b[A-Z_]+\b/g, (name) => optionOf.get(name) ?? name));
  }
}

/** Returns a value as it stands in an environment variable. An empty list is not the default. */
function textOf(value: string | number | readonly string[] | undefined): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  return typeof value === 'number' ? String(value) : value.join(',') || ',';
}

/** Returns the path of a database URL. Returns a path unchanged. @throws ConfigError if the URL is not supported */
function databasePath(value: string): string {
  // `parseOptions` has checked a URL of PostgreSQL.
  if (!isUrl(value) || isPostgresUrl(value)) return value;
  const result = parsePath(value, 'database');
  if ('path' in result) return result.path;
  throw new ConfigError(`databaseUrl ${result.problem}.`);
}
