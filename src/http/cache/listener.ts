import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { getRequestListener, type HttpBindings, RequestError } from '@hono/node-server';
import type { Logger } from 'pino';
import type { Metrics } from '../../metrics/metrics.ts';
import { elapsedMs, type RequestLog, withoutQuery } from '../access-log.ts';
import { NO_STORE } from '../cache-control.ts';
import type { Peer } from '../client-address.ts';
import { matchesEtag } from '../etag.ts';
import type { Counted } from '../limits/rate-limit.ts';
import { isRequestId } from '../request-id.ts';
import type { CacheBindings } from '../respond.ts';
import { type CacheKey, createCacheKeyReader } from './cache-key.ts';
import { createCoalescer } from './coalesce.ts';
import type { CachedResponse, CacheEntry, ResponseCache } from './response-cache.ts';

export interface ListenerOptions {
  /** The app. It rejects only because of an internal error. */
  fetch(request: Request, env: HttpBindings & CacheBindings): Response | Promise<Response>;
  cache: ResponseCache;
  /** Lower-case names of the request headers that are part of the cache key. */
  keyHeaders: readonly string[];
  requestLog: RequestLog;
  clientAddress(request: Peer): string | undefined;
  /** Counts a request that a cached response answers; undefined without a limit. */
  countHit(entry: CacheEntry, incoming: IncomingMessage): Promise<Counted> | undefined;
  /** Without it, nothing is measured. */
  metrics?: Pick<Metrics, 'countRequest' | 'countCached'> | undefined;
  log: Pick<Logger, 'debug' | 'error'>;
  newRequestId(): string;
  /** Monotonic milliseconds. */
  clock(): number;
  /** True once the server is shutting down. New requests then bypass the cache. */
  isDraining(): boolean;
}

/** A request with a cache key, and its response. */
interface Exchange {
  cacheKey: CacheKey;
  /** Monotonic milliseconds. */
  start: number;
  incoming: IncomingMessage;
  outgoing: ServerResponse;
}

/** A response that the app builds and the cache may store. */
interface Build {
  storeResponse(response: CachedResponse): void;
  /** Called when the app has returned its response or failed. */
  end(): void;
}

/** Creates a listener for node:http that answers from the response cache if possible, and otherwise from the app. */
export function createListener(options: ListenerOptions): RequestListener {
  const { cache, requestLog, clientAddress, metrics, log, newRequestId, clock, isDraining } = options;
  const cacheKeyOf = createCacheKeyReader(options.keyHeaders);
  const builds = new WeakMap<IncomingMessage, Build>();

  const respond = getRequestListener(
    (request, env) => {
      // Guarantee of the cast: this listener is mounted on node:http/1 alone.
      const bindings = env as HttpBindings;
      const build = builds.get(bindings.incoming);
      if (!build) return options.fetch(request, bindings);
      const response = Promise.resolve(
        options.fetch(request, { ...bindings, storeResponse: build.storeResponse }),
      );
      response.then(build.end, build.end);
      return response;
    },
    { errorHandler: (error) => errorResponse(error) },
  );

  /** Returns the response to a malformed target or Host header, or to an internal error outside of the app. */
  function errorResponse(error: unknown): Response {
    const requestId = newRequestId();
    const isMalformed = error instanceof RequestError;
    if (!isMalformed) log.error({ err: error, requestId }, 'request failed');
    const message = isMalformed
      ? 'The request target or the Host header is malformed'
      : 'Internal Server Error';
    return new Response(JSON.stringify({ error: message }), {
      status: isMalformed ? 400 : 500,
      headers: { ...NO_STORE, 'content-type': 'application/json; charset=utf-8', 'x-request-id': requestId },
    });
  }

  const logFailure = (error: unknown) => log.debug({ err: error }, 'response cache failed');

  /** Runs a step of the cache. Returns undefined if it fails; the app then answers. */
  function tryCache<T>(step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      logFailure(error);
      return undefined;
    }
  }

  /** Lets the app answer and stores its response. Resolves with the new entry when the app has answered. */
  function build({ cacheKey, incoming, outgoing }: Exchange): Promise<CacheEntry | undefined> {
    return new Promise((resolve) => {
      let entry: CacheEntry | undefined;
      const store = tryCache(() => cache.startBuild(cacheKey.key));
      const end = () => resolve(entry);
      builds.set(incoming, {
        storeResponse: (response) => {
          entry = tryCache(() => store?.(response));
          metrics?.countCached(false);
        },
        end,
      });
      respond(incoming, outgoing).then(end, end);
    });
  }

  const writers = new WeakMap<CacheEntry, ReturnType<RequestLog['writerFor']>>();
  function writerFor(
    entry: CacheEntry,
    { cacheKey: { host }, incoming: { method = '', url = '' } }: Exchange,
  ) {
    let writer = writers.get(entry);
    if (!writer) {
      writer = requestLog.writerFor({ method, host, path: withoutQuery(url) });
      writers.set(entry, writer);
    }
    return writer;
  }

  /** Sends a cached response. If a limit is exceeded, the app refuses the request. */
  function send(entry: CacheEntry, exchange: Exchange): void {
    const counting = options.countHit(entry, exchange.incoming);
    if (!counting) {
      write(entry, exchange, []);
      return;
    }
    counting.then(
      ({ isAllowed, rawHeaders }) => {
        if (isAllowed) write(entry, exchange, rawHeaders);
        else void respond(exchange.incoming, exchange.outgoing);
      },
      (error: unknown) => {
        logFailure(error);
        void respond(exchange.incoming, exchange.outgoing);
      },
    );
  }

  /** @param limitHeaders alternating names and values */
  function write(entry: CacheEntry, exchange: Exchange, limitHeaders: readonly string[]): void {
    const { cacheKey, start, incoming, outgoing } = exchange;
    const client = clientAddress(incoming);
    const requestId = isRequestId(cacheKey.requestId) ? cacheKey.requestId : newRequestId();
    const { ifNoneMatch } = cacheKey;
    const isKnown = ifNoneMatch !== undefined && matchesEtag(ifNoneMatch, entry.etag);
    const own = [...limitHeaders, 'x-request-id', requestId];
    if (isKnown) outgoing.writeHead(304, [...entry.notModifiedHeaders, ...own]).end();
    else outgoing.writeHead(200, [...entry.rawHeaders, ...own]).end(entry.body);
    const [status, ms] = [isKnown ? 304 : 200, elapsedMs(start, clock)];
    writerFor(entry, exchange)({ requestId, client, status, ms });
    if (!metrics || !entry.route) return;
    metrics.countCached(true);
    metrics.countRequest({ ...entry.route, method: 'GET', status, ms });
  }

  const { confirm } = cache;
  const coalescer = createCoalescer<Exchange, CacheEntry>({
    dataVersion: () => tryCache(cache.dataVersion) ?? Number.NaN,
    confirm: confirm && ((key) => confirm(key).catch(logFailure)),
    lead: build,
    isCurrent: (entry) => tryCache(() => cache.isCurrent(entry)) ?? false,
    follow: (exchange, entry) => {
      if (cache.isValid(entry)) send(entry, exchange);
      else void build(exchange);
    },
    answerAlone: (exchange) => void build(exchange),
  });

  /** Answers from the cache if the entry is current, and otherwise from the app. */
  function answer(exchange: Exchange): void {
    const { key } = exchange.cacheKey;
    const entry = cache.find(key);
    if (entry && tryCache(() => cache.isCurrent(entry))) send(entry, exchange);
    else coalescer.request(key, exchange, (entry?.refreshAfter ?? 0) - exchange.start);
  }

  return (incoming, outgoing) => {
    const cacheKey = isDraining() ? undefined : cacheKeyOf(incoming);
    if (!cacheKey) {
      void respond(incoming, outgoing);
      return;
    }
    const exchange = { cacheKey, start: clock(), incoming, outgoing };
    if (!confirm) {
      answer(exchange);
      return;
    }
    confirm(cacheKey.key).then(
      () => answer(exchange),
      (error: unknown) => {
        // The versions are those of an earlier round trip, so this request can neither get an entry nor wait for one.
        logFailure(error);
        void respond(incoming, outgoing);
      },
    );
  };
}
