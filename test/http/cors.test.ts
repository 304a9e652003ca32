import { describe, expect, it } from 'vitest';
import { asChain, createTestGateway } from '../support/gateway.ts';
import { openServer } from '../support/http-server.ts';

const APP = 'https://app.example.com';
const preflight = (method: string, origin = APP) => ({
  method: 'OPTIONS',
  headers: { Origin: origin, 'Access-Control-Request-Method': method },
});

describe('pages of other origins', () => {
  it('may read the HDP API, and the headers of its responses', async () => {
    const { app } = await createTestGateway();
    for (const path of ['/tasks', '/figures', '/is-alive', '/tasks/01K00000000000000000000000/status']) {
      const { headers } = await app.request(`http://hdp.test${path}`, { headers: { Origin: APP } });
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-expose-headers')?.split(', ')).toEqual([
        ...['ETag', 'Link', 'X-Total-Count', 'Retry-After', 'RateLimit', 'RateLimit-Policy', 'X-Request-Id'],
      ]);
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  it('get an answer to the preflight of a conditional request to the HDP API', async () => {
    const { app } = await createTestGateway();
    const response = await app.request('http://hdp.test/tasks', preflight('GET'));
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET,HEAD',
      'access-control-allow-headers': 'If-None-Match,If-Match,X-Request-Id',
      'access-control-max-age': '7200',
      'cache-control': 'no-store',
    });
  });

  it('may not send an API key', async () => {
    const { app } = await createTestGateway();
    const { headers } = await app.request('http://hdp.test/tasks', preflight('POST'));
    expect(headers.get('access-control-allow-methods')).toBe('GET,HEAD');
    expect(headers.get('access-control-allow-headers')).not.toMatch(/api-key|content-type/i);
  });

  it('may not use the Services API', async () => {
    const { app, store } = await createTestGateway();
    const headers = { ...(await asChain(store, 1)), Origin: APP };
    const read = await app.request('http://services.test/tasks', { headers });
    expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([200, null]);
    expect(read.headers.get('vary')).not.toMatch(/origin/i);
    const asked = await app.request('http://services.test/tasks', preflight('GET'));
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([401, null]);
  });

  it('may use the Services API if they are configured, with their own credentials', async () => {
    const { app, store } = await createTestGateway({ servicesCorsOrigins: [APP] });
    const token = await asChain(store, 1);
    const asked = await app.request('http://services.test/tasks', preflight('POST'));
    expect(asked.status).toBe(204);
    expect(asked.headers.get('access-control-allow-headers')).toMatch(/authorization.*Idempotency-Key/);
    const answers = await Promise.all(
      [APP, 'https://other.example.com', 'https://app.example.com.evil.test', 'null'].map(async (Origin) => {
        const { headers } = await app.request('http://services.test/tasks', {
          headers: { ...token, Origin },
        });
        expect(headers.get('vary')).toMatch(/, origin$/);
        return headers.get('access-control-allow-origin');
      }),
    );
    expect(answers).toEqual(['*', null, null, null]);
    const refused = await app.request('http://services.test/tasks', preflight('POST', 'https://other.test'));
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('OPTIONS that is no preflight', () => {
  it.each(['http://hdp.test/tasks', 'http://hdp.test/'])('returns 405 (%s)', async (url) => {
    const { app } = await createTestGateway();
    const response = await app.request(url, { method: 'OPTIONS', headers: { Origin: APP } });
    expect([response.status, response.headers.get('allow')]).toEqual([
      405,
      expect.stringContaining('GET, HEAD'),
    ]);
  });
});

describe('a cached response', () => {
  it('allows other origins, also with status 304', async () => {
    const { ask } = await openServer();
    const headers = { Host: 'hdp.test', Origin: APP };
    await ask('/tasks', headers);
    const cached = await ask('/tasks', headers);
    expect(cached).toMatchObject({ wasCached: true, headers: { 'access-control-allow-origin': '*' } });
    const known = await ask('/tasks', { ...headers, 'If-None-Match': String(cached.headers.etag) });
    expect(known).toMatchObject({
      ...{ status: 304, wasCached: true },
      headers: {
        'access-control-allow-origin': '*',
        'access-control-expose-headers': expect.stringContaining('ETag'),
      },
    });
  });

  it('of one origin is not sent to another', async () => {
    const { ask, writer } = await openServer({ servicesCorsOrigins: [APP] });
    const headers = { Host: 'services.test', ...(await asChain(writer, 1)) };
    for (const [origin, allowed] of [
      [APP, '*'],
      ['https://other.example.com', undefined],
      [APP, '*'],
    ] as const) {
      const response = await ask('/tasks', { ...headers, Origin: origin });
      expect([response.status, response.headers['access-control-allow-origin']]).toEqual([200, allowed]);
    }
  });
});
