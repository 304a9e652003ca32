import { randomUUID } from 'node:crypto';
import { CACHE_KEY_HEADERS } from '../../../src/app.ts';
import { createListener } from '../../../src/http/cache/listener.ts';
import { createResponseCache } from '../../../src/http/cache/response-cache.ts';
import { listen } from '../../../src/http/server.ts';
import { createTestGateway, type GatewayOptions, NOW } from '../gateway.ts';
import { type OpenApiDocument, parseDocument } from './openapi-document.ts';

/** Starts a test gateway on a free port, with a response cache. */
export async function openListeningGateway(options: GatewayOptions = {}) {
  const gateway = await createTestGateway(options);
  const { app, store } = gateway;
  const shared = {
    now: options.now ?? (() => NOW),
    clock: () => performance.now(),
    newRequestId: randomUUID,
  };
  const listener = createListener({
    ...shared,
    fetch: app.fetch,
    cache: createResponseCache({
      ...shared,
      dataVersion: store.dataVersion,
      scopeVersion: store.scopeVersion,
      maxBytes: 1_000_000,
    }),
    keyHeaders: CACHE_KEY_HEADERS,
    requestLog: { write: () => {}, writerFor: () => () => {} },
    clientAddress: () => undefined,
    countHit: () => undefined,
    log: { debug: () => {}, error: () => {} },
    isDraining: () => options.isDraining ?? false,
  });
  const server = await listen({ ...shared, host: '127.0.0.1', port: 0, listener });
  return {
    ...gateway,
    port: server.address.port,
    async close() {
      await server.stop(100);
      await store.close();
    },
  };
}

export type ListeningGateway = Awaited<ReturnType<typeof openListeningGateway>>;

/** Returns the OpenAPI document of an API as the gateway serves it. */
export async function readDocument(
  { app }: Pick<ListeningGateway, 'app'>,
  host: string,
): Promise<OpenApiDocument> {
  const response = await app.request(`http://${host}/openapi.json`);
  return parseDocument(await response.text());
}
