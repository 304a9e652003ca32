import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { blocks, hosts, isHostName, path, publicUrl, yesOrNo } from './config-values.ts';
import { IN_MEMORY } from './lib/path-variable.ts';
import { shortened, trimInvisible } from './lib/text.ts';

/** The environment as the process got it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration is wrong; the message names every variable that is, in one sentence. */
export class ConfigError extends Error {}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** What SQLite keeps next to a database file. */
const DATABASE_SUFFIXES = ['', '-wal', '-shm', '-journal'];

interface PathSettings {
  DATABASE_URL: string;
  EXPORTS_DIR: string;
  EXPORT_SOURCE_URL?: string | undefined;
  HEALTH_FILE?: string | undefined;
}

/**
 * Returns why the health file must not be where it is: each report replaces the file there. A setting that has another
 * problem is left out.
 */
function healthFileConflict(settings: PathSettings): string | undefined {
  const { HEALTH_FILE: healthFile } = settings;
  if (typeof healthFile !== 'string') return undefined;
  const usesPath = (path: unknown, suffixes: readonly string[]) =>
    typeof path === 'string' &&
    path !== IN_MEMORY &&
    suffixes.some((suffix) => resolve(path) + suffix === resolve(healthFile));
  const other = (
    [
      ['DATABASE_URL', DATABASE_SUFFIXES],
      ['EXPORT_SOURCE_URL', DATABASE_SUFFIXES],
      ['EXPORTS_DIR', ['']],
    ] as const
  ).find(([name, suffixes]) => usesPath(settings[name], suffixes));
  return other && `must not be a file of ${other[0]} (its value is ${shortened(healthFile, 100)})`;
}

/** The folder of exports when none is set. */
export const DEFAULT_EXPORTS_DIR = 'data/exports';

const MIN_KEY_LENGTH = 32;

const MAX_KEEP_ALIVE_SECONDS = 3600;

/** One week. */
const MAX_RUN_SECONDS = 604_800;

const environment = z
  .object({
    HOST: z
      .string()
      .default('127.0.0.1')
      .refine((host) => isIP(host) !== 0 || isHostName(host.toLowerCase()), {
        error: 'must be an address or a host name',
      })
      .transform((host) => host.replace(/^\[|\]$/g, ''))
      .meta({ description: 'The address to listen on.' }),
    PORT: z
      .string()
      .default('8787')
      .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, {
        error: 'must be an integer from 0 to 65535',
      })
      .transform(Number)
      .meta({ description: 'The port to listen on; 0 takes any free one.' }),
    KEEP_ALIVE_TIMEOUT: z
      .string()
      .default('65')
      .refine(
        (text) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_KEEP_ALIVE_SECONDS,
        {
          error: `must be an integer from 1 to ${MAX_KEEP_ALIVE_SECONDS}, in seconds`,
        },
      )
      .transform(Number)
      .meta({ description: 'How long an idle connection stays open, in seconds.' }),
    DATABASE_URL: z
      .string()
      .default('data/taskgate.db')
      .pipe(path('database'))
      .meta({ description: 'The SQLite file, as a path or a `file:` URL; made when it is missing.' }),
    SYNCHRONOUS_COMMIT: yesOrNo.default('yes').meta({
      description: 'Whether a write is answered only once it is on the disk, so that it survives power loss.',
    }),
    SERVICES_HOSTS: hosts('services.localhost').meta({
      description: 'The host names of the Services API, separated by commas.',
    }),
    HDP_HOSTS: hosts('hdp.localhost').meta({
      description: 'The host names of the HDP API, separated by commas.',
    }),
    TRUSTED_PROXIES: blocks.meta({
      description: 'Addresses or CIDR blocks of the proxies whose `X-Forwarded-Host` counts.',
    }),
    SERVICES_URL: publicUrl
      .optional()
      .meta({ description: 'Where clients reach the Services API: what download URLs begin with.' }),
    DOWNLOAD_KEY: z
      .string()
      .transform(trimInvisible)
      .refine((key) => key.length >= MIN_KEY_LENGTH, {
        error: `must have at least ${MIN_KEY_LENGTH} characters besides white space around them`,
      })
      .optional()
      .meta({
        description: 'Signs download URLs; when it is not set, a key is made and kept in the database.',
      }),
    EXPORTS_DIR: z
      .string()
      .default(DEFAULT_EXPORTS_DIR)
      .pipe(path('folder'))
      .meta({ description: 'The folder of export files, shared by all that run or serve tasks.' }),
    EXPORTS_CSV_BOM: yesOrNo.default('no').meta({
      description: 'Whether CSV exports begin with a byte order mark, which Excel needs for UTF-8.',
    }),
    EXPORT_SOURCE_URL: path('file')
      .optional()
      .meta({ description: 'The database that exports read, a table or view per export index.' }),
    RUN_TASKS: yesOrNo
      .default('yes')
      .meta({ description: 'Whether `serve` runs tasks that are due, and sends webhooks, itself.' }),
    RUN_TIMEOUT: z
      .string()
      .default('3600')
      .refine((text) => /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= MAX_RUN_SECONDS, {
        error: `must be an integer from 1 to ${MAX_RUN_SECONDS}, in seconds`,
      })
      .transform(Number)
      .meta({ description: 'The time that the run of a task may take, in seconds; then the task is ERROR.' }),
    WEBHOOK_ALLOW: blocks.meta({
      description: 'Private addresses or CIDR blocks that webhooks may go to all the same.',
    }),
    HEALTH_FILE: path('file').optional().meta({
      description: 'A file for the state of this process, which `taskgate health` reads.',
    }),
    LOG_LEVEL: z
      .enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` })
      .default('info')
      .meta({ description: `What is logged: one of ${LOG_LEVELS.join(', ')}.` }),
  })
  .superRefine(
    (settings, context) => {
      const shared = settings.HDP_HOSTS.filter((host) => settings.SERVICES_HOSTS.includes(host));
      if (shared.length > 0) {
        const message = `must not share ${shared.join(', ')} with SERVICES_HOSTS`;
        context.addIssue({ code: 'custom', path: ['HDP_HOSTS'], message });
      }
      const message = healthFileConflict(settings);
      if (message !== undefined) context.addIssue({ code: 'custom', path: ['HEALTH_FILE'], message });
    },
    // Beside any other problem too: zod would leave this out after a bad LOG_LEVEL.
    { when: () => true },
  );

/** The names of all variables that are read, for the documentation test. */
export const ENVIRONMENT_VARIABLES: readonly string[] = Object.keys(environment.shape);

/** What a taskgate process is told from outside. */
export interface Config {
  host: string;
  port: number;
  keepAliveTimeoutSeconds: number;
  databaseUrl: string;
  synchronousCommit: boolean;
  servicesHosts: string[];
  hdpHosts: string[];
  trustedProxies: string[];
  servicesUrl: string | undefined;
  downloadKey: string | undefined;
  exportsDir: string;
  exportsCsvBom: boolean;
  exportSourceUrl: string | undefined;
  runTasks: boolean;
  runTimeoutSeconds: number;
  webhookAllow: string[];
  healthFile: string | undefined;
  logLevel: (typeof LOG_LEVELS)[number];
}

/** Returns true for a process that npm started. */
export const isUnderNpm = (env: Environment): boolean => env.npm_lifecycle_event !== undefined;

/**
 * Reads the configuration; a variable that is set to nothing counts as not set.
 * @throws ConfigError that names all problems at once
 */
export function parseConfig(env: Environment): Config {
  const given = Object.fromEntries(ENVIRONMENT_VARIABLES.map((name) => [name, env[name] || undefined]));
  const result = environment.safeParse(given);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new ConfigError(`The configuration is wrong: ${problems.join('; ')}.`);
  }
  const settings = result.data;
  return {
    host: settings.HOST,
    port: settings.PORT,
    keepAliveTimeoutSeconds: settings.KEEP_ALIVE_TIMEOUT,
    databaseUrl: settings.DATABASE_URL,
    synchronousCommit: settings.SYNCHRONOUS_COMMIT === 'yes',
    servicesHosts: settings.SERVICES_HOSTS,
    hdpHosts: settings.HDP_HOSTS,
    trustedProxies: settings.TRUSTED_PROXIES,
    servicesUrl: settings.SERVICES_URL,
    downloadKey: settings.DOWNLOAD_KEY,
    exportsDir: settings.EXPORTS_DIR,
    exportsCsvBom: settings.EXPORTS_CSV_BOM === 'yes',
    exportSourceUrl: settings.EXPORT_SOURCE_URL,
    runTasks: settings.RUN_TASKS === 'yes',
    runTimeoutSeconds: settings.RUN_TIMEOUT,
    webhookAllow: settings.WEBHOOK_ALLOW,
    healthFile: settings.HEALTH_FILE,
    logLevel: settings.LOG_LEVEL,
  };
}
