import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { requestId } from 'hono/request-id';
import type { Logger } from 'pino';
import { isUnavailable, type Store } from './db/open.ts';
import type { Moment } from './db/queries/hdp-runs.ts';
import type { HdpTaskQueries } from './db/queries/hdp-tasks.ts';
import { createHdpRouter } from './hdp/router.ts';
import { createAccessLog, createRequestLog } from './http/access-log.ts';
import { createGetPath, createOrigin, type HostOptions } from './http/hosts.ts';
import { jsonBody, type Keeping } from './http/respond.ts';
import { CREDENTIAL_HEADERS } from './services/auth.ts';
import { createServicesRouter, type ServicesDependencies } from './services/router.ts';

export interface AppDependencies extends HostOptions {
  store: Store;
  /** Searches HDP tasks in place of the store, which would hold up everybody else meanwhile. */
  search?: HdpTaskQueries['list'];
  /** Runs Services tasks that clients execute. */
  runner: ServicesDependencies['runner'];
  downloads: ServicesDependencies['downloads'];
  log: Logger;
  /** Unix milliseconds. */
  now(): number;
  /** Milliseconds that only go forward. */
  clock(): number;
  /** A fresh id for a request that brings none. */
  newRequestId(): string;
  newUlid: Moment['newUlid'];
  /** True once the server is shutting down: new requests get 503. */
  isDraining(): boolean;
}

/** The request headers that decide an answer beside its target: the host and the credentials. */
export const DECIDING_HEADERS = ['host', 'x-forwarded-host', ...CREDENTIAL_HEADERS];

/** The whole HTTP side: the host picks the API (contract C). Opens, listens and reads nothing by itself. */
export function createApp(deps: AppDependencies) {
  const { store, log, now } = deps;
  const shared = {
    isDraining: deps.isDraining,
    isUnavailable,
    reportError: (error: unknown, id: string) => log.error({ err: error, requestId: id }, 'request failed'),
  };
  const services = createServicesRouter({
    ...shared,
    servicesTasks: store.servicesTasks,
    servicesLife: store.servicesLife,
    runner: deps.runner,
    downloads: deps.downloads,
    origin: createOrigin(deps),
    access: store.access,
    now,
  });
  const { search } = deps;
  const hdp = createHdpRouter({
    ...shared,
    now,
    newUlid: deps.newUlid,
    runs: store.hdpRuns,
    findKey: (keyHash) => store.apiKeys.find(keyHash),
    probe: () => store.hdpTasks.isEmpty(),
    list: (term, slice) => (term !== '' && search ? search(term, slice) : store.hdpTasks.list(term, slice)),
  });

  // `strict: false` would make Hono ignore getPath, and every host would serve both APIs.
  const app = new Hono<{ Bindings: HttpBindings & Keeping }>({ getPath: createGetPath(deps) });
  app.use(requestId({ generator: deps.newRequestId }), createAccessLog(createRequestLog(log), deps.clock));
  app.route('/services', services);
  app.route('/hdp', hdp);
  app.all('/conflict/*', (c) => jsonBody(c, '{"error":"The request names two different hosts"}', 400));
  app.notFound((c) => jsonBody(c, '{"error":"Unknown host"}', 421));
  app.onError((error, c) => {
    shared.reportError(error, c.get('requestId'));
    return jsonBody(c, '{"error":"Internal Server Error"}', 500);
  });
  return app;
}
