import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { monotonicFactory } from 'ulid';
import { type AppDependencies, CACHE_KEY_HEADERS, createApp } from '../../src/app.ts';
import { openStore } from '../../src/db/open.ts';
import {
  createRequestLog,
  type RequestLog,
  type RequestOutcome,
  type RequestTarget,
} from '../../src/http/access-log.ts';
import { createListener, type ListenerOptions } from '../../src/http/cache/listener.ts';
import { createResponseCache, type ResponseCacheOptions } from '../../src/http/cache/response-cache.ts';
import { createClientAddress } from '../../src/http/client-address.ts';
import type { LimitSettings } from '../../src/http/limits/request-limits.ts';
import { listen, type ServerOptions } from '../../src/http/server.ts';
import { testLimits } from './limits.ts';
import { NO_RUNNER } from './runner.ts';

/** Options of the server for one test. */
export interface CachedServerOptions {
  trustedProxies?: string[];
  servicesCorsOrigins?: string[];
  /** Default: none. */
  limits?: Partial<LimitSettings>;
  search?: AppDependencies['search'];
  isDraining?: () => boolean;
  isOverloaded?: () => boolean;
  cache?: Partial<ResponseCacheOptions>;
  /** Replaces the app. */
  fetch?: ListenerOptions['fetch'];
  server?: Partial<ServerOptions>;
}

/** A response as received by node:http. */
export interface HttpResponse {
  status: number | undefined;
  headers: Record<string, string | string[] | undefined>;
  /** In the order and case of the response. */
  headerNames: string[];
  body: string;
}

/** Starts a server with a response cache on a database file, and opens another connection to the file. */
export async function openCachedServer(options: CachedServerOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'taskgate-'));
  const file = join(folder, 'tasks.db');
  const writer = openStore(file);
  await writer.migrate();
  const reader = openStore(file);
  /** The log records of responses from the cache. */
  const records: (RequestTarget & RequestOutcome)[] = [];
  const logLines: string[] = [];
  const time = { now: Date.parse('2026-06-01T12:00:00Z') };
  const log = pino({ level: 'trace' }, { write: (line: string) => logLines.push(line) });
  const shared = {
    now: () => time.now,
    clock: () => performance.now(),
    newRequestId: () => 'fresh-id',
    newUlid: monotonicFactory(),
    isDraining: options.isDraining ?? (() => false),
    isOverloaded: options.isOverloaded ?? (() => false),
  };
  const limits = testLimits({ trustedProxies: options.trustedProxies ?? [], ...options.limits });
  const app = createApp({
    ...shared,
    ...NO_RUNNER,
    ...(options.search && { search: options.search }),
    servicesHosts: ['services.test'],
    hdpHosts: ['hdp.test'],
    trustedProxies: options.trustedProxies ?? [],
    webhookAllow: [],
    limits,
    servicesCorsOrigins: options.servicesCorsOrigins ?? [],
    store: reader,
    log,
  });
  const cache = createResponseCache({
    dataVersion: () => reader.dataVersion(),
    scopeVersion: (scopes) => reader.scopeVersion(scopes),
    now: shared.now,
    clock: shared.clock,
    maxBytes: 1_000_000,
    ...options.cache,
  });
  const clientAddress = createClientAddress(options.trustedProxies ?? []);
  const requestLog: RequestLog = {
    write: (record) => records.push(record),
    writerFor: (target) => (outcome) => records.push({ ...target, ...outcome }),
  };
  const listener = createListener({
    ...shared,
    fetch: options.fetch ?? app.fetch,
    cache,
    keyHeaders: CACHE_KEY_HEADERS,
    requestLog,
    clientAddress,
    countHit: limits.countHit,
    log,
  });
  const server = await listen({
    host: '0.0.0.0',
    port: 0,
    listener,
    newRequestId: shared.newRequestId,
    refusalLog: createRequestLog(log, clientAddress),
    ...options.server,
  });

  function ask(
    path: string,
    headers: Record<string, string> | readonly string[],
    { localAddress = '127.0.0.1', method = 'GET' } = {},
  ): Promise<HttpResponse & { wasCached: boolean }> {
    const before = records.length;
    const { port } = server.address;
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, method, headers, localAddress }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () =>
          resolve({
            status: response.statusCode,
            headers: response.headers,
            headerNames: response.rawHeaders.filter((_, place) => place % 2 === 0),
            body,
            wasCached: records.length > before,
          }),
        );
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  return {
    ask,
    file,
    folder,
    writer,
    reader,
    cache,
    records,
    logLines,
    time,
    port: server.address.port,
    async close() {
      await server.stop(100);
      await reader.close().catch(() => {});
      await writer.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export type CachedServer = Awaited<ReturnType<typeof openCachedServer>>;
