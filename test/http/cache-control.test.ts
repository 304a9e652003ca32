import { describe, expect, it } from 'vitest';
import { asChain, asKey, createTestGateway } from '../support/gateway.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const UUID = '01JPJ03YJT1A93D6NF56G4GVEQ';

/** Returns a URL for every route of both APIs. */
function urlsOf(routes: readonly { path: string }[]): string[] {
  const paths = new Set(routes.map(({ path }) => path));
  return [...paths].flatMap((path) => {
    const [, api, ...rest] = path.split('/');
    if (api !== 'services' && api !== 'hdp') return [];
    const target = rest
      .join('/')
      .replace(':uuid', UUID)
      .replace(':id', '1')
      .replace(':name', 'x.csv')
      .replace('*', 'other');
    return [`http://${api}.test/${target}`];
  });
}

/** Returns true for the pages for people and the OpenAPI document, which hold no data. */
const isPublic = ({ pathname }: URL, method: string) =>
  (method === 'GET' || method === 'HEAD') && /^\/($|task\/|docs$|ui\/|openapi\.json$)/.test(pathname);

/** Returns the Cache-Control of contract C. */
function expectedCacheControl(url: URL, method: string, status: number): string {
  if (status >= 400 || (method !== 'GET' && method !== 'HEAD')) return 'no-store';
  if (url.pathname === '/is-alive' || isPublic(url, method)) return 'no-cache';
  return url.host === 'hdp.test' ? 'no-cache' : 'private, no-cache';
}

describe('Cache-Control and Vary', () => {
  it.each([
    ['with credentials', true],
    ['without credentials', false],
  ])('follow the contract on every route, method and status %s', async (_, hasCredentials) => {
    const { app, store } = await createTestGateway();
    const credentials: Record<string, Record<string, string>> = {
      'services.test': await asChain(store, 1764),
      'hdp.test': await asKey(store, 'client'),
    };
    const urls = urlsOf(app.routes);
    expect(urls.length).toBeGreaterThan(12);
    for (const address of [...urls, ...urls.map((url) => `${url}?limit=x&hdp_tasks_page=x&offset=%zz`)]) {
      const url = new URL(address);
      const headers = (hasCredentials && credentials[url.host]) || {};
      for (const method of METHODS) {
        const response = await app.request(address, { method, headers });
        const label = `${method} ${address} ${response.status}`;
        expect(response.headers.get('cache-control'), label).toBe(
          expectedCacheControl(url, method, response.status),
        );
        const vary = response.headers.get('vary')?.toLowerCase() ?? '';
        if (url.pathname === '/is-alive') continue;
        if (isPublic(url, method)) {
          expect(vary, label).not.toMatch(/authorization|session|api-key/);
        } else if (url.host === 'services.test') {
          expect(vary, label).toContain('authorization');
          expect(vary, label).toContain('x-spaaza-session-key');
          expect(vary, label).toContain('x-spaaza-session-user-id');
          expect(vary, label).toContain('x-spaaza-session-chain-id');
        } else if (method !== 'GET' && method !== 'HEAD') {
          expect(vary, label).toContain('x-api-key');
        }
      }
    }
  });

  it('are no-store for an unknown host and for two different hosts', async () => {
    const { app } = await createTestGateway();
    for (const [url, headers] of [
      ['http://other.test/tasks', {}],
      ['http://hdp.test/tasks', { Host: 'services.test' }],
    ] as const) {
      const response = await app.request(url, { headers });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('include the X-Forwarded headers if there are trusted proxies', async () => {
    const { app } = await createTestGateway({ trustedProxies: ['10.0.0.0/8'] });
    const response = await app.request('http://hdp.test/tasks');
    expect(response.headers.get('vary')).toBe('X-Forwarded-Host, X-Forwarded-Proto');
  });
});
