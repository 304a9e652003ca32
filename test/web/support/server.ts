/** Servers with the built pages. The browser reaches both hosts of a server by name. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll } from 'vitest';
import { createGateway, type Gateway, type GatewayOptions } from '#product/index';

export interface WebServer {
  port: number;
  /** The origins of both hosts, such as `http://hdp.localhost:40123`. The browser trusts them like https. */
  hdp: string;
  services: string;
  /** Other names of both hosts, which the browser trusts as little as any http host. */
  plainHdp: string;
  plainServices: string;
  /** Its store accepts tasks and credentials, with the functions of test/support/gateway.ts. */
  gateway: Gateway;
}

const PAGES = fileURLToPath(new URL('../../../dist/web/hdp.html', import.meta.url));

/** Starts a server on a free port, with an empty database in memory by default. `gateway.close()` ends it. */
export async function openWebServer(options: GatewayOptions = {}): Promise<WebServer> {
  if (!existsSync(PAGES)) throw new Error('dist/web is missing: run `npm run build` first (npm test does).');
  const gateway = await createGateway({
    hdpHosts: ['hdp.localhost', 'hdp.test'],
    servicesHosts: ['services.localhost', 'services.test'],
    ...options,
  });
  const { port } = await gateway.listen();
  return {
    port,
    hdp: `http://hdp.localhost:${port}`,
    services: `http://services.localhost:${port}`,
    plainHdp: `http://hdp.test:${port}`,
    plainServices: `http://services.test:${port}`,
    gateway,
  };
}

/**
 * Runs a server for the tests of a file or a describe.
 * @example
 * const server = useWebServer({ demo: true });
 * it('…', () => withPage(async (page) => void (await page.goto(server().hdp))));
 * @returns a function that returns the server, for use in tests
 */
export function useWebServer(options: GatewayOptions = {}): () => WebServer {
  let server: WebServer | undefined;
  beforeAll(async () => {
    server = await openWebServer(options);
  });
  afterAll(() => server?.gateway.close());
  return () => {
    if (!server) throw new Error('The server runs while the tests of its describe run.');
    return server;
  };
}
