import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { monotonicFactory } from 'ulid';
import type { Action } from '../../src/actions/action.ts';
import { createApp } from '../../src/app.ts';
import type { KeyRole } from '../../src/db/model/statuses.ts';
import { openStore, type Store } from '../../src/db/open.ts';
import type { IdempotentResult } from '../../src/db/queries/idempotency.ts';
import type { LoggedServicesTask } from '../../src/db/queries/services-task-lifecycle.ts';
import type { LimitSettings } from '../../src/http/limits/request-limits.ts';
import { hashSecret } from '../../src/http/secrets.ts';
import { parseHdpTask, parseServicesTask } from '../../src/ndjson/task-lines.ts';
import { testLimits } from './limits.ts';
import { createTestRunner } from './runner.ts';
import { openTestStore } from './stores.ts';
import type { HdpWire, ServicesWire } from './tasks.ts';

export const NOW = Date.parse('2026-06-01T12:00:00Z');

export interface GatewayOptions {
  /** Default: in memory. */
  databaseUrl?: string;
  trustedProxies?: string[];
  webhookAllow?: string[];
  isDraining?: boolean;
  isOverloaded?: boolean;
  /** Actions that tasks can run, in this thread. Default: none. */
  actions?: Action[];
  exportsDir?: string;
  servicesUrl?: string;
  servicesCorsOrigins?: string[];
  /** Default: none. */
  limits?: Partial<LimitSettings>;
  /** Returns Unix milliseconds. It also decides leases. Default: NOW. */
  now?: () => number;
  /** Returns the ids of new HDP tasks and transitions. Default: random ULIDs. */
  newUlid?: () => string;
}

/** Creates the app with the hosts services.test and hdp.test on a migrated store. */
export async function createTestGateway(options: GatewayOptions = {}) {
  const now = options.now ?? (() => NOW);
  const { databaseUrl } = options;
  const clock = { leaseClock: now };
  const store = databaseUrl === undefined ? await openTestStore(clock) : openStore(databaseUrl, clock);
  if (databaseUrl !== undefined) await store.migrate();
  const logLines: string[] = [];
  const exportsDir = options.exportsDir ?? join(tmpdir(), 'taskgate-no-exports');
  const runner = createTestRunner(store, options.actions ?? [], { now, exportsDir });
  const downloads = { key: Buffer.alloc(32, 'key'), exportsDir, servicesUrl: options.servicesUrl };
  const app = createApp({
    store,
    runner,
    downloads,
    servicesHosts: ['services.test'],
    hdpHosts: ['hdp.test'],
    trustedProxies: options.trustedProxies ?? [],
    webhookAllow: options.webhookAllow ?? [],
    servicesCorsOrigins: options.servicesCorsOrigins ?? [],
    limits: testLimits({ trustedProxies: options.trustedProxies ?? [], ...options.limits }),
    log: pino({ level: 'trace' }, { write: (line: string) => logLines.push(line) }),
    now,
    clock: () => performance.now(),
    newRequestId: () => 'fresh-id',
    newUlid: options.newUlid ?? monotonicFactory(),
    isDraining: () => options.isDraining ?? false,
    isOverloaded: () => options.isOverloaded ?? false,
  });
  return { app, store, runner, logLines };
}

export type Gateway = Awaited<ReturnType<typeof createTestGateway>>;

export async function addServicesTasks(
  store: Store,
  ...tasks: readonly (ServicesWire | string)[]
): Promise<void> {
  const rows = tasks.map((task) => parseServicesTask(typeof task === 'string' ? task : JSON.stringify(task)));
  await store.servicesTasks.addAll(rows, { onConflict: 'replace' });
}

export async function addHdpTasks(store: Store, ...tasks: readonly HdpWire[]): Promise<void> {
  const rows = tasks.map((task) => parseHdpTask(JSON.stringify(task)));
  await store.hdpTasks.addAll(rows, 'replace');
}

/** Creates a token of a chain. Returns the request headers with it. */
export async function asChain(store: Store, chain: number, options: { expiresAt?: number } = {}) {
  const id = `token-of-${chain}`;
  const secret = `secret-of-${chain}`;
  const expiresAt = options.expiresAt ?? null;
  await store.access.addToken({
    id,
    secretHash: hashSecret(secret),
    chain,
    label: '',
    createdAt: 0,
    expiresAt,
  });
  return { Authorization: `Bearer ${id}:${secret}` };
}

/** Creates an admin session of a user. Returns the request headers with it for a chain. */
export async function asAdmin(
  store: Store,
  userId: number,
  chain: number,
  options: { expiresAt?: number } = {},
) {
  const key = `key-of-${userId}`;
  const expiresAt = options.expiresAt ?? null;
  await store.access.addSession({
    id: `session-of-${userId}`,
    userId,
    keyHash: hashSecret(key),
    createdAt: 0,
    expiresAt,
  });
  return {
    'X-Spaaza-Session-User-Id': String(userId),
    'X-Spaaza-Session-Key': key,
    'X-Spaaza-Session-Chain-Id': String(chain),
  };
}

/** Creates an API key of a role. Returns the request headers with it. */
export async function asKey(store: Store, role: KeyRole) {
  const key = `key-of-a-${role}`;
  await store.apiKeys.add({ id: `${role}-key`, keyHash: hashSecret(key), role, label: '', createdAt: 0 });
  return { 'X-API-KEY': key };
}

/** Returns the created task. @throws Error for a repeated request */
export function expectCreated<Created>(result: IdempotentResult<Created>): Created {
  if ('created' in result) return result.created;
  throw new Error('The request was sent before.');
}

/** Returns the log entries of a task, or none if the task is undefined. */
export const logsOf = (found: LoggedServicesTask | undefined) => found?.logs ?? [];
