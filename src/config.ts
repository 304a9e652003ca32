import { environmentSchema, type LogLevel } from './config-variables.ts';

/** The environment of the process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration is invalid. The message is one sentence that names every invalid variable. */
export class ConfigError extends Error {}

/** The names of all environment variables that Taskgate reads. */
export const ENVIRONMENT_VARIABLES: readonly string[] = Object.keys(environmentSchema.shape);

/** The configuration of a process. `config-variables.ts` describes each variable. */
export interface Config {
  host: string;
  port: number;
  keepAliveTimeoutSeconds: number;
  requestTimeoutSeconds: number;
  maxConnections: number;
  maxEventLoopDelayMs: number;
  drainSeconds: number;
  databaseUrl: string;
  databaseReplicaUrls: string[];
  synchronousCommit: boolean;
  servicesHosts: string[];
  hdpHosts: string[];
  trustedProxies: string[];
  rateLimitCredential: number;
  rateLimitAddress: number;
  authFailureLimit: number;
  servicesUrl: string | undefined;
  servicesCorsOrigins: string[];
  downloadKey: string | undefined;
  exportsDir: string;
  exportsCsvBom: boolean;
  exportSourceUrl: string | undefined;
  runTasks: boolean;
  runTimeoutSeconds: number;
  webhookAllow: string[];
  healthFile: string | undefined;
  managementHost: string;
  managementPort: number | undefined;
  logLevel: LogLevel;
}

/** Returns true if npm started this process. */
export const isUnderNpm = (env: Environment): boolean => env.npm_lifecycle_event !== undefined;

/**
 * Parses the configuration. An empty variable counts as not set.
 * @throws ConfigError that names every invalid variable
 */
export function parseConfig(env: Environment): Config {
  const given = Object.fromEntries(ENVIRONMENT_VARIABLES.map((name) => [name, env[name] || undefined]));
  const result = environmentSchema.safeParse(given);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new ConfigError(`The configuration is wrong: ${problems.join('; ')}.`);
  }
  const settings = result.data;
  return {
    host: settings.HOST,
    port: settings.PORT,
    keepAliveTimeoutSeconds: settings.KEEP_ALIVE_TIMEOUT,
    requestTimeoutSeconds: settings.REQUEST_TIMEOUT,
    maxConnections: settings.MAX_CONNECTIONS,
    maxEventLoopDelayMs: settings.MAX_EVENT_LOOP_DELAY,
    drainSeconds: settings.DRAIN_SECONDS,
    databaseUrl: settings.DATABASE_URL,
    databaseReplicaUrls: settings.DATABASE_REPLICA_URLS,
    synchronousCommit: settings.SYNCHRONOUS_COMMIT,
    servicesHosts: settings.SERVICES_HOSTS,
    hdpHosts: settings.HDP_HOSTS,
    trustedProxies: settings.TRUSTED_PROXIES,
    rateLimitCredential: settings.RATE_LIMIT_CREDENTIAL,
    rateLimitAddress: settings.RATE_LIMIT_ADDRESS,
    authFailureLimit: settings.AUTH_FAILURE_LIMIT,
    servicesUrl: settings.SERVICES_URL,
    servicesCorsOrigins: settings.SERVICES_CORS_ORIGINS,
    downloadKey: settings.DOWNLOAD_KEY,
    exportsDir: settings.EXPORTS_DIR,
    exportsCsvBom: settings.EXPORTS_CSV_BOM,
    exportSourceUrl: settings.EXPORT_SOURCE_URL,
    runTasks: settings.RUN_TASKS,
    runTimeoutSeconds: settings.RUN_TIMEOUT,
    webhookAllow: settings.WEBHOOK_ALLOW,
    healthFile: settings.HEALTH_FILE,
    managementHost: settings.MANAGEMENT_HOST,
    managementPort: settings.MANAGEMENT_PORT,
    logLevel: settings.LOG_LEVEL,
  };
}

/** The settings of the process around a gateway. */
type ProcessSetting = 'healthFile' | 'logLevel' | 'managementHost' | 'managementPort' | 'drainSeconds';

/** The settings of a gateway. */
export type GatewayConfig = Omit<Config, ProcessSetting>;

/** Returns the settings of a gateway. */
export function gatewayConfig(config: Config): GatewayConfig {
  const { healthFile, logLevel, managementHost, managementPort, drainSeconds, ...ofGateway } = config;
  return ofGateway;
}
