import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { Logger } from 'pino';
import { createDatabaseHealth } from './db/health.ts';
import { isDamaged, isFrozen, isUnavailable, type Store } from './db/open.ts';
import type { WriteContext } from './db/queries/hdp-task-lifecycle.ts';
import type { HdpTaskQueries } from './db/queries/hdp-tasks.ts';
import { createHdpRouter } from './hdp/router.ts';
import { createAccessLog, createRequestLog } from './http/access-log.ts';
import { NO_STORE } from './http/cache-control.ts';
import { createClientAddress } from './http/client-address.ts';
import { createGetPath, createOrigin, type HostOptions } from './http/hosts.ts';
import { jsonBody } from './http/json-body.ts';
import type { RequestLimits } from './http/limits/request-limits.ts';
import { createRequestId } from './http/request-id.ts';
import type { CacheBindings } from './http/respond.ts';
import { addSecurityHeaders } from './http/security-headers.ts';
import { messageOf } from './lib/text.ts';
import type { Metrics } from './metrics/metrics.ts';
import { CREDENTIAL_HEADERS } from './services/credential-headers.ts';
import { createServicesRouter, type ServicesDependencies } from './services/router.ts';
import { createTargetPolicy } from './webhooks/target.ts';

export interface AppDependencies extends HostOptions {
  store: Store;
  /** Searches HDP tasks in a worker thread. Without it, the store searches and blocks the event loop. */
  search?: HdpTaskQueries['list'];
  /** Runs Services tasks that clients execute. */
  runner: ServicesDependencies['runner'];
  downloads: ServicesDependencies['downloads'];
  /** The origins whose pages may use the Services API from a browser. */
  servicesCorsOrigins: readonly string[];
  /** Private addresses or CIDR blocks to which webhooks may be sent. */
  webhookAllow: readonly string[];
  log: Logger;
  limits: RequestLimits;
  /** Without it, nothing is measured. */
  metrics?: Metrics | undefined;
  /** Unix milliseconds. */
  now(): number;
  /** Monotonic milliseconds. */
  clock(): number;
  /** Returns an id for a request without `X-Request-Id`. */
  newRequestId(): string;
  newUlid: WriteContext['newUlid'];
  /** True while the server shuts down. New requests then get 503. */
  isDraining(): boolean;
  /** True while there is more work than this process can do. Requests that the cache cannot answer then get 503. */
  isOverloaded(): boolean;
}

/** Lower-case names of the request headers that are part of the cache key: host, origin and credentials. */
export const CACHE_KEY_HEADERS = ['host', 'x-forwarded-host', 'origin', ...CREDENTIAL_HEADERS];

/** Creates the Hono app, which routes each request by host (contract C). It opens no database and listens on no port. */
export function createApp(deps: AppDependencies) {
  const { store, log, now } = deps;
  const health = createDatabaseHealth(() => store.probe(), deps.clock);
  const shared = {
    isDraining: deps.isDraining,
    isOverloaded: deps.isOverloaded,
    isFrozen,
    isUnavailable,
    reportError: (error: unknown, requestId: string) => {
      if (isDamaged(error)) health.recordDamage(error);
      reportError(log, error, requestId);
    },
    origin: createOrigin(deps),
    routingHeaders: deps.trustedProxies.length > 0 ? ['X-Forwarded-Host', 'X-Forwarded-Proto'] : [],
  };
  const services = createServicesRouter({
    ...shared,
    servicesTasks: store.servicesTasks,
    figures: (chain) => store.figures.services(chain),
    servicesTaskLifecycle: store.servicesTaskLifecycle,
    runner: deps.runner,
    downloads: deps.downloads,
    corsOrigins: deps.servicesCorsOrigins,
    access: store.access,
    limits: deps.limits,
    now,
  });
  const { search } = deps;
  const hdp = createHdpRouter({
    ...shared,
    limits: deps.limits,
    now,
    newUlid: deps.newUlid,
    figures: (series) => store.figures.hdp(series),
    taskLifecycle: store.hdpTaskLifecycle,
    findKey: (keyHash) => store.apiKeys.find(keyHash),
    probe: health.probe,
    webhookRefusal: createTargetPolicy(deps.webhookAllow).refusal,
    list: (term, slice) => (term !== '' && search ? search(term, slice) : store.hdpTasks.list(term, slice)),
  });

  // `strict: false` would make Hono ignore getPath, and every host would serve both APIs.
  const app = new Hono<{ Bindings: HttpBindings & CacheBindings }>({ getPath: createGetPath(deps) });
  const clientAddress = createClientAddress(deps.trustedProxies);
  const requestLog = createRequestLog(log, clientAddress);
  app.use(
    createRequestId(deps.newRequestId),
    createAccessLog({ requestLog, clientAddress, clock: deps.clock, metrics: deps.metrics }),
    addSecurityHeaders,
  );
  app.route('/services', services);
  app.route('/hdp', hdp);
  app.all('/conflict/*', (c) =>
    jsonBody(c, '{"error":"The request names two different hosts"}', 400, NO_STORE),
  );
  app.notFound((c) => jsonBody(c, '{"error":"Unknown host"}', 421, NO_STORE));
  app.onError((error, c) => {
    shared.reportError(error, c.get('requestId'));
    return jsonBody(c, '{"error":"Internal Server Error"}', 500, NO_STORE);
  });
  return app;
}

/** Logs an error. An unavailable database is logged without a stack trace, because it is no bug. */
function reportError(log: Logger, error: unknown, requestId: string): void {
  if (isUnavailable(error)) log.warn({ reason: messageOf(error), requestId }, 'database unavailable');
  else log.error({ err: error, requestId }, 'request failed');
}
