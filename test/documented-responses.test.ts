import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { visitAbout, visitAllAbout, visitWrongMethods } from './support/conformance/about-walk.ts';
import { createDocumentChecker } from './support/conformance/document-checker.ts';
import { visitAllHdp, walkHdp } from './support/conformance/hdp-walk.ts';
import {
  type ListeningGateway,
  openListeningGateway,
  readDocument,
} from './support/conformance/listening-gateway.ts';
import { listOperations, type OpenApiDocument } from './support/conformance/openapi-document.ts';
import { createWalkActions, visitAllServices, walkServices } from './support/conformance/services-walk.ts';
import { type Exchange, openValidatingProxy, violationsOf } from './support/conformance/validating-proxy.ts';
import { createVisitor } from './support/conformance/visitor.ts';

/** Starts a gateway that is closed when the test ends. */
async function openGateway(options: Parameters<typeof openListeningGateway>[0] = {}) {
  const gateway = await openListeningGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

/** Starts a gateway whose database is closed. */
async function openBrokenGateway() {
  const gateway = await openGateway();
  await gateway.store.close();
  return gateway;
}

/** The limits of a gateway that accepts one request. */
const ONE_REQUEST = { limits: { rateLimitAddress: 1, authFailureLimit: 1 } };

/** Creates a function that opens a validating proxy to a gateway. All proxies record the same exchanges. */
function createProxies(document: OpenApiDocument, host: string) {
  const checker = createDocumentChecker(document);
  const exchanges: Exchange[] = [];
  /** @param target.host the Host of the requests */
  const visitorTo = async ({ port }: ListeningGateway, target = { host }) => {
    const proxy = await openValidatingProxy(checker, { port, ...target }, exchanges);
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

const UNKNOWN_HOST = { host: 'other.test' };

describe('a validating proxy', () => {
  it('sees every documented response of the Services API, and no other', async () => {
    const exportsDir = mkdtempSync(join(tmpdir(), 'taskgate-'));
    onTestFinished(() => rmSync(exportsDir, { recursive: true }));
    const { actions, blocking } = createWalkActions();
    const gateway = await openGateway({ actions, exportsDir });
    const document = await readDocument(gateway, 'services.test');
    const { exchanges, visitorTo } = createProxies(document, 'services.test');
    const visit = await visitorTo(gateway);
    await walkServices(gateway, visit, blocking);
    await visitAbout(visit);
    await visitWrongMethods(visit, document, { Authorization: 'Bearer token-of-1764:secret-of-1764' });

    const lost = await visitorTo(gateway, UNKNOWN_HOST);
    await visitAllServices(421, lost);
    await visitAllAbout(421, lost);
    const draining = await visitorTo(await openGateway({ isDraining: true }));
    await visitAllServices(503, draining);
    await visitAllAbout(503, draining);
    const limited = await visitorTo(await openGateway(ONE_REQUEST));
    await limited(200, 'GET /openapi.json');
    await limited(401, 'GET /tasks', { headers: { Authorization: 'Bearer a:b' } });
    await visitAllServices(429, limited);
    await visitAllAbout(429, limited);
    await visitAllServices(500, await visitorTo(await openBrokenGateway()));

    expect(violationsOf(exchanges)).toEqual([]);
    expect(unvisited(document, exchanges)).toEqual([]);
  });

  it('sees every documented response of the HDP API, and no other', async () => {
    const gateway = await openGateway();
    const document = await readDocument(gateway, 'hdp.test');
    const { exchanges, visitorTo } = createProxies(document, 'hdp.test');
    const visit = await visitorTo(gateway);
    await walkHdp(gateway, visit);
    await visitAbout(visit);
    await visitWrongMethods(visit, document);

    const lost = await visitorTo(gateway, UNKNOWN_HOST);
    await visitAllHdp(421, lost);
    await visitAllAbout(421, lost);
    const draining = await visitorTo(await openGateway({ isDraining: true }));
    await visitAllHdp(503, draining);
    await visitAllAbout(503, draining);
    await draining(503, 'GET /is-alive');
    const limited = await visitorTo(await openGateway(ONE_REQUEST));
    await limited(200, 'GET /openapi.json');
    await visitAllHdp(429, limited);
    await visitAllAbout(429, limited);
    await visitAllHdp(500, await visitorTo(await openBrokenGateway()));

    expect(violationsOf(exchanges)).toEqual([]);
    expect(unvisited(document, exchanges)).toEqual([]);
  });
});
