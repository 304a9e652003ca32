import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asChain } from './support/gateway.ts';
import { visitAllHdp, walkHdp } from './support/hdp-walk.ts';
import { type ListeningGateway, openListeningGateway, readDocument } from './support/listening-gateway.ts';
import { listOperations, type OpenApiDocument } from './support/openapi-document.ts';
import { createWalkActions, visitAllServices, walkServices } from './support/services-walk.ts';
import { type Exchange, openValidatingProxy, violationsOf } from './support/validating-proxy.ts';
import { createVisitor } from './support/visitor.ts';

/** Starts a gateway that is closed when the test ends. */
async function openGateway(options: Parameters<typeof openListeningGateway>[0] = {}) {
  const gateway = await openListeningGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

/** Creates a function that opens a validating proxy to a gateway. All proxies record the same exchanges. */
function createProxies(document: OpenApiDocument, host: string) {
  const exchanges: Exchange[] = [];
  const visitorTo = async ({ port }: ListeningGateway) => {
    const proxy = await openValidatingProxy(document, { port, host }, exchanges);
    onTestFinished(() => proxy.close());
    return createVisitor(proxy.url);
  };
  return { exchanges, visitorTo };
}

/** Returns the documented responses that no exchange received, like `getTask 404`. */
function unvisited(document: OpenApiDocument, exchanges: readonly Exchange[]): string[] {
  const visited = new Set(
    exchanges.flatMap(({ operations, status }) => operations.map((id) => `${id} ${status}`)),
  );
  return listOperations(document.paths)
    .flatMap(({ id, definition }) =>
      Object.keys(definition.responses ?? {}).map((status) => `${id} ${status}`),
    )
    .filter((response) => !visited.has(response));
}

describe('a validating proxy', () => {
  it('sees every documented response of the Services API, and no other', async () => {
    const exportsDir = mkdtempSync(join(tmpdir(), 'taskgate-'));
    onTestFinished(() => rmSync(exportsDir, { recursive: true }));
    const { actions, blocking } = createWalkActions();
    const gateway = await openGateway({ actions, exportsDir });
    const headers = await asChain(gateway.store, 1);
    const document = await readDocument(gateway, 'services.test', headers);
    const { exchanges, visitorTo } = createProxies(document, 'services.test');
    await walkServices(gateway, await visitorTo(gateway), blocking);

    const draining = await openGateway({ isDraining: true });
    await visitAllServices(503, await visitorTo(draining));
    const broken = await openGateway();
    await broken.store.close();
    await visitAllServices(500, await visitorTo(broken));

    expect(violationsOf(exchanges)).toEqual([]);
    expect(unvisited(document, exchanges)).toEqual([]);
  });

  it('sees every documented response of the HDP API, and no other', async () => {
    const gateway = await openGateway();
    const document = await readDocument(gateway, 'hdp.test');
    const { exchanges, visitorTo } = createProxies(document, 'hdp.test');
    await walkHdp(gateway, await visitorTo(gateway));

    const draining = await openGateway({ isDraining: true });
    await visitAllHdp(503, await visitorTo(draining));
    await (await visitorTo(draining))(503, 'GET /is-alive');
    const broken = await openGateway();
    await broken.store.close();
    await visitAllHdp(500, await visitorTo(broken));

    expect(violationsOf(exchanges)).toEqual([]);
    expect(unvisited(document, exchanges)).toEqual([]);
  });
});
