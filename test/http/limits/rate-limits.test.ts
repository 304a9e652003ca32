import { describe, expect, it } from 'vitest';
import type { LimitSettings } from '../../../src/http/limits/request-limits.ts';
import { asAdmin, asChain, createTestGateway } from '../../support/gateway.ts';
import { openServer } from '../../support/http-server.ts';

const peer = (remoteAddress: string, forwarded?: string) => ({
  incoming: {
    socket: { remoteAddress },
    rawHeaders: forwarded === undefined ? [] : ['X-Forwarded-For', forwarded],
  },
});

/** Sends requests to a new gateway, and returns their statuses. */
async function gatewayWith(limits: Partial<LimitSettings>, trustedProxies: string[] = []) {
  const { app, store } = await createTestGateway({ limits, trustedProxies });
  const ask = async (
    path: string,
    { headers = {}, from = peer('192.0.2.1'), method = 'GET' }: AskOptions = {},
  ) => app.request(`http://${path}`, { method, headers }, from);
  const statuses = async (count: number, ...request: Parameters<typeof ask>) => {
    const answers: number[] = [];
    for (let n = 0; n < count; n += 1) answers.push((await ask(...request)).status);
    return answers;
  };
  return { ask, statuses, store };
}

interface AskOptions {
  headers?: Record<string, string>;
  from?: ReturnType<typeof peer>;
  method?: string;
}

describe('the limit of an address', () => {
  it('is named by each response, and refuses what exceeds it in the shape of the API', async () => {
    const { ask } = await gatewayWith({ rateLimitAddress: 2 });
    const first = await ask('hdp.test/tasks');
    expect([first.status, first.headers.get('ratelimit-policy'), first.headers.get('ratelimit')]).toEqual([
      200,
      '"address";q=2;w=60',
      '"address";r=1;t=60',
    ]);
    await ask('hdp.test/figures');
    const refused = await ask('hdp.test/tasks');
    expect([refused.status, refused.headers.get('ratelimit')]).toEqual([429, '"address";r=0;t=60']);
    expect(refused.headers.get('retry-after')).toBe('60');
    expect(await refused.json()).toEqual({ error: 'Too many requests' });
  });

  it('counts each address alone', async () => {
    const { statuses } = await gatewayWith({ rateLimitAddress: 1 });
    expect(await statuses(2, 'hdp.test/tasks')).toEqual([200, 429]);
    expect(await statuses(2, 'hdp.test/tasks', { from: peer('192.0.2.2') })).toEqual([200, 429]);
  });

  it('counts the network of an IPv6 address', async () => {
    const { statuses } = await gatewayWith({ rateLimitAddress: 1 });
    expect(await statuses(1, 'hdp.test/tasks', { from: peer('2001:db8:0:1::1') })).toEqual([200]);
    expect(await statuses(1, 'hdp.test/tasks', { from: peer('2001:db8:0:1:ffff::9') })).toEqual([429]);
    expect(await statuses(1, 'hdp.test/tasks', { from: peer('2001:db8:0:2::1') })).toEqual([200]);
  });

  it('counts the clients of a trusted proxy, and not what a client claims', async () => {
    const { statuses } = await gatewayWith({ rateLimitAddress: 1 }, ['10.0.0.1']);
    const from = (client: string) => ({ from: peer('10.0.0.1', client) });
    expect(await statuses(2, 'hdp.test/tasks', from('198.51.100.1'))).toEqual([200, 429]);
    expect(await statuses(1, 'hdp.test/tasks', from('198.51.100.2'))).toEqual([200]);
    expect(await statuses(1, 'hdp.test/tasks', from('1.2.3.4, 198.51.100.1'))).toEqual([429]);
  });

  it('does not count health checks', async () => {
    const { statuses } = await gatewayWith({ rateLimitAddress: 1 });
    expect(await statuses(3, 'hdp.test/is-alive')).toEqual([200, 200, 200]);
    expect(await statuses(1, 'hdp.test/tasks')).toEqual([200]);
  });

  it('counts what the Services API answers without credentials, and nothing else of it', async () => {
    const { statuses, store } = await gatewayWith({ rateLimitAddress: 1 });
    const headers = await asChain(store, 1);
    expect(await statuses(2, 'services.test/openapi.json')).toEqual([200, 429]);
    expect(await statuses(1, 'services.test/downloads/1/a.csv')).toEqual([429]);
    expect(await statuses(3, 'services.test/tasks', { headers })).toEqual([200, 200, 200]);
  });
});

describe('the limit of credentials', () => {
  it('counts each token alone, from any address', async () => {
    const { ask, statuses, store } = await gatewayWith({ rateLimitCredential: 1 });
    const [one, two] = [await asChain(store, 1), await asChain(store, 2)];
    expect(await statuses(1, 'services.test/tasks', { headers: one })).toEqual([200]);
    expect(await statuses(1, 'services.test/tasks/1', { headers: one, from: peer('192.0.2.9') })).toEqual([
      429,
    ]);
    expect(await statuses(1, 'services.test/tasks', { headers: two })).toEqual([200]);
    expect(await (await ask('services.test/tasks', { headers: one })).json()).toEqual({
      result: { code: 2, status: 'error' },
      error: {
        ...{ code: 9029, name: 'too_many_requests' },
        description: 'There were too many requests; try again in 60 s.',
      },
    });
  });

  it('counts an admin user with all chains together', async () => {
    const { statuses, store } = await gatewayWith({ rateLimitCredential: 1 });
    const headers = await asAdmin(store, 501, 1);
    await store.access.grant({ userId: 501, chain: 1, level: 'READ' });
    await store.access.grant({ userId: 501, chain: 2, level: 'READ' });
    const second = { ...headers, 'X-Spaaza-Session-Chain-Id': '2' };
    expect(await statuses(1, 'services.test/tasks', { headers })).toEqual([200]);
    expect(await statuses(1, 'services.test/tasks', { headers: second })).toEqual([429]);
  });

  it('is not reached by requests with wrong secrets', async () => {
    const { statuses, store } = await gatewayWith({ rateLimitCredential: 2 });
    const headers = await asChain(store, 1);
    const wrong = { Authorization: `${headers.Authorization}x` };
    expect(await statuses(9, 'services.test/tasks', { headers: wrong })).toEqual(Array(9).fill(401));
    expect(await statuses(2, 'services.test/tasks', { headers })).toEqual([200, 200]);
  });
});

describe('cached responses', () => {
  it('count like others, with the same headers', async () => {
    const { ask, writer } = await openServer({ limits: { rateLimitAddress: 3, rateLimitCredential: 2 } });
    const headers = { Host: 'services.test', ...(await asChain(writer, 1)) };
    const answers = [];
    for (let n = 0; n < 4; n += 1) answers.push(await ask('/tasks', headers));
    expect(answers.map(({ status, wasCached }) => [status, wasCached])).toEqual([
      [200, false],
      [200, true],
      [429, false],
      [429, false],
    ]);
    expect(answers.map(({ headers: { ratelimit } }) => ratelimit)).toEqual([
      ...['"credential";r=1;t=60', '"credential";r=0;t=60'],
      ...['"credential";r=0;t=60', '"credential";r=0;t=60'],
    ]);
    const open = [];
    for (let n = 0; n < 4; n += 1) open.push((await ask('/tasks', { Host: 'hdp.test' })).status);
    expect(open).toEqual([200, 200, 200, 429]);
  });
});

describe('without limits', () => {
  it('there are no headers of limits', async () => {
    const { ask } = await gatewayWith({});
    const { headers } = await ask('hdp.test/tasks');
    expect([headers.get('ratelimit'), headers.get('ratelimit-policy')]).toEqual([null, null]);
  });
});
