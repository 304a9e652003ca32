/** Checks the JavaScript types of the options of `createGateway`, for callers without TypeScript. */
import { z } from 'zod';
import { ConfigError } from './config.ts';

const text = z.string('must be a string');
const integer = z.number('must be a number');
const yesOrNo = z.boolean('must be true or false');
const texts = z.array(text, 'must be an array of strings').readonly();
const aFunction = z.custom((value) => typeof value === 'function', 'must be a function');

/** The type of each option. */
export const OPTION_TYPES = {
  databaseUrl: text,
  databaseReplicaUrls: texts,
  synchronousCommit: yesOrNo,
  host: text,
  port: integer,
  keepAliveTimeoutSeconds: integer,
  requestTimeoutSeconds: integer,
  maxConnections: integer,
  maxEventLoopDelayMs: integer,
  servicesHosts: texts,
  hdpHosts: texts,
  trustedProxies: texts,
  rateLimitCredential: integer,
  rateLimitAddress: integer,
  authFailureLimit: integer,
  servicesUrl: text,
  servicesCorsOrigins: texts,
  downloadKey: text,
  exportsDir: text,
  exportsCsvBom: yesOrNo,
  exportSourceUrl: text,
  runTasks: yesOrNo,
  runTimeoutSeconds: integer,
  webhookAllow: texts,
  demo: yesOrNo,
  log: z.looseObject({ info: aFunction, warn: aFunction, error: aFunction }, 'must be a logger of pino'),
  metrics: z.looseObject({ countRequest: aFunction, addGauge: aFunction }, 'must be metrics'),
  now: aFunction,
  randomBytes: aFunction,
  worker: z.object({ number: integer, of: integer }, 'must be an object with number and of'),
};

/** @throws ConfigError that names every option with a wrong type, and every option that does not exist */
export function checkOptionTypes(options: unknown, types: Readonly<Record<string, z.ZodType>>): void {
  const result = z.strictObject(types, 'must be an object').partial().safeParse(options);
  if (result.success) return;
  const problems = result.error.issues.map(describe);
  throw new ConfigError(`The configuration is wrong: ${problems.join('; ')}.`);
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return `there is no option ${issue.keys.join(', ')}`;
  return `${issue.path.join('.') || 'the options'} ${issue.message}`;
}
