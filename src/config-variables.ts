/** The environment variables: how each one is parsed, its default and its description. */
import { z } from 'zod';
import { findConflicts } from './config-conflicts.ts';
import {
  addressBlocks,
  databaseLocation,
  hosts,
  integer,
  listenAddress,
  optionalPort,
  origins,
  path,
  postgresUrls,
  publicUrl,
  yesOrNo,
} from './config-values.ts';
import { trimInvisible } from './lib/text.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** The default folder of export files. */
export const DEFAULT_EXPORTS_DIR = 'data/exports';

const MIN_KEY_LENGTH = 32;

const MAX_KEEP_ALIVE_SECONDS = 3600;

const MAX_PER_MINUTE = 1_000_000_000;

/** One week. */
const MAX_RUN_SECONDS = 604_800;

export const environmentSchema = z
  .object({
    HOST: listenAddress.meta({ description: 'The address to listen on.' }),
    PORT: integer({ fallback: 8787, min: 0, max: 65_535 }).meta({
      description: 'The port to listen on; 0 selects any free port.',
    }),
    KEEP_ALIVE_TIMEOUT: integer({ fallback: 65, min: 1, max: MAX_KEEP_ALIVE_SECONDS, unit: 'seconds' }).meta({
      description: 'How long an idle connection stays open, in seconds.',
    }),
    REQUEST_TIMEOUT: integer({ fallback: 60, min: 1, max: 3600, unit: 'seconds' }).meta({
      description: 'How long a request may take to arrive with its body, in seconds.',
    }),
    MAX_CONNECTIONS: integer({ fallback: 10_000, min: 1, max: 1_000_000 }).meta({
      description: 'How many connections one process accepts.',
    }),
    MAX_EVENT_LOOP_DELAY: integer({ fallback: 500, min: 0, max: 60_000, unit: 'milliseconds' }).meta({
      description:
        'How long work may wait for the event loop before requests get 503, in milliseconds; 0 for no limit.',
    }),
    DRAIN_SECONDS: integer({ fallback: 0, min: 0, max: 300, unit: 'seconds' }).meta({
      description: 'How long `serve` still answers after a stop signal, while `/ready` is false, in seconds.',
    }),
    DATABASE_URL: z.string().default('data/taskgate.db').pipe(databaseLocation).meta({
      description:
        'The SQLite file, as a path or a `file:` URL, which commands that write create; or a `postgres://` URL.',
    }),
    DATABASE_REPLICA_URLS: postgresUrls.meta({
      description:
        'The `postgres://` URLs of replicas, separated by commas. They answer lists and searches if they are not behind.',
    }),
    SYNCHRONOUS_COMMIT: yesOrNo('yes').meta({
      description:
        'If a write is answered only when it is on the disk. With `no`, power loss can undo the latest writes.',
    }),
    SERVICES_HOSTS: hosts('services.localhost').meta({
      description: 'The host names of the Services API, separated by commas.',
    }),
    HDP_HOSTS: hosts('hdp.localhost').meta({
      description: 'The host names of the HDP API, separated by commas.',
    }),
    TRUSTED_PROXIES: addressBlocks.meta({
      description: 'Addresses or CIDR blocks of the proxies whose `X-Forwarded-…` headers are used.',
    }),
    RATE_LIMIT_CREDENTIAL: integer({ fallback: 6000, min: 0, max: MAX_PER_MINUTE }).meta({
      description: 'Requests per minute of one token, admin user or API key; 0 for no limit.',
    }),
    RATE_LIMIT_ADDRESS: integer({ fallback: 3000, min: 0, max: MAX_PER_MINUTE }).meta({
      description: 'Requests per minute of one client address to what needs no credentials; 0 for no limit.',
    }),
    AUTH_FAILURE_LIMIT: integer({ fallback: 20, min: 0, max: MAX_PER_MINUTE }).meta({
      description: 'Failed authentications per minute of one client address, and of one id; 0 for no limit.',
    }),
    SERVICES_URL: publicUrl.optional().meta({
      description: 'The public URL of the Services API. Download URLs begin with it.',
    }),
    SERVICES_CORS_ORIGINS: origins.meta({
      description: 'The origins whose pages may use the Services API from a browser, separated by commas.',
    }),
    DOWNLOAD_KEY: z
      .string()
      .transform(trimInvisible)
      .refine((key) => key.length >= MIN_KEY_LENGTH, {
        error: `must have at least ${MIN_KEY_LENGTH} characters, not counting white space around them`,
      })
      .optional()
      .meta({
        description: 'Signs download URLs. Without it, a key is created and stored in the database.',
      }),
    EXPORTS_DIR: z.string().default(DEFAULT_EXPORTS_DIR).pipe(path('folder')).meta({
      description: 'The folder of export files. All processes that run tasks or serve downloads share it.',
    }),
    EXPORTS_CSV_BOM: yesOrNo('no').meta({
      description: 'If CSV exports begin with a UTF-8 byte order mark, which Excel needs.',
    }),
    EXPORT_SOURCE_URL: path('file').optional().meta({
      description: 'The SQLite database that exports read, with a table or view per export index.',
    }),
    RUN_TASKS: yesOrNo('yes').meta({
      description: 'If `serve` itself runs tasks that are due and sends webhooks.',
    }),
    RUN_TIMEOUT: integer({ fallback: 3600, min: 1, max: MAX_RUN_SECONDS, unit: 'seconds' }).meta({
      description: 'The maximum duration of a run, in seconds. After it, the task is ERROR.',
    }),
    WEBHOOK_ALLOW: addressBlocks.meta({
      description: 'Private addresses or CIDR blocks to which webhooks may be sent.',
    }),
    HEALTH_FILE: path('file').optional().meta({
      description: 'The file in which the process writes its state. `taskgate health` reads it.',
    }),
    MANAGEMENT_HOST: listenAddress.meta({ description: 'The address of the management listener.' }),
    MANAGEMENT_PORT: optionalPort.meta({
      description:
        'The port of `/live`, `/ready` and `/metrics`; 0 selects any free port. Without it, there are none.',
    }),
    LOG_LEVEL: z
      .enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')}` })
      .default('info')
      .meta({ description: `The lowest level that is logged: one of ${LOG_LEVELS.join(', ')}.` }),
  })
  .superRefine(
    (variables, context) => {
      for (const { variable, problem } of findConflicts(variables))
        context.addIssue({ code: 'custom', path: [variable], message: problem });
    },
    // By default, zod skips this check if a variable such as LOG_LEVEL is invalid.
    { when: () => true },
  );
