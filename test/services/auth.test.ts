import { describe, expect, it } from 'vitest';
import { servicesDocument } from '../../src/services/openapi.ts';
import {
  addServicesTasks,
  asAdmin,
  asChain,
  createTestGateway,
  type Gateway,
  NOW,
} from '../support/gateway.ts';
import { type Scenario, scenarios } from '../support/scenarios.ts';
import { aServicesTask } from '../support/tasks.ts';

const URL = 'http://services.test/tasks';
const UNAUTHENTICATED = {
  result: { code: 2, status: 'error' },
  error: {
    code: 6,
    name: 'no_valid_session',
    description: 'No valid authentication was provided: send a valid access token or a valid admin session.',
  },
};
const mine = aServicesTask({ id: 1, chain: 1764 });
const theirs = aServicesTask({ id: 2, chain: 9, desc: 'not for chain 1764' });

/** Tasks of two chains; a token for 1764, and sessions of user 1 (READ in 1764), 2 (WRITE in 1764), 3 (READ in 9). */
async function given({ store }: Gateway) {
  await addServicesTasks(store, mine, theirs);
  await asChain(store, 1764);
  for (const user of [1, 2, 3]) await asAdmin(store, user, 1764);
  await store.access.grant({ userId: 1, chain: 1764, level: 'READ' });
  await store.access.grant({ userId: 2, chain: 1764, level: 'WRITE' });
  await store.access.grant({ userId: 3, chain: 9, level: 'READ' });
  return undefined;
}

const bearer = (credentials: string) => ({ Authorization: `Bearer ${credentials}` });
const session = (user: string, key: string, chain: string) => ({
  'X-Spaaza-Session-User-Id': user,
  'X-Spaaza-Session-Key': key,
  'X-Spaaza-Session-Chain-Id': chain,
});
const refused = (name: string, headers: Record<string, string>): Scenario => ({
  name: `returns 401 for ${name}`,
  url: URL,
  headers,
  status: 401,
  body: UNAUTHENTICATED,
  responseHeaders: { 'www-authenticate': 'Bearer realm="services"' },
  mustNotContain: ['1764', 'token-of'],
});

describe('authentication of the Services API', () => {
  scenarios(given, [
    {
      name: 'takes an access token',
      url: URL,
      headers: bearer('token-of-1764:secret-of-1764'),
      status: 200,
      body: [mine],
    },
    {
      name: 'takes the scheme in any case',
      url: URL,
      headers: { Authorization: 'bEARER token-of-1764:secret-of-1764' },
      status: 200,
      body: [mine],
    },
    {
      name: 'takes an admin session with READ',
      url: URL,
      headers: session('1', 'key-of-1', '1764'),
      status: 200,
      body: [mine],
    },
    {
      name: 'takes an admin session with WRITE, which includes READ',
      url: URL,
      headers: session('2', 'key-of-2', '1764'),
      status: 200,
      body: [mine],
    },
    {
      name: 'shows an admin the chain that was asked for',
      url: URL,
      headers: session('3', 'key-of-3', '9'),
      status: 200,
      body: [theirs],
    },
    {
      name: 'returns 403 for an admin without access to the chain',
      url: URL,
      headers: session('3', 'key-of-3', '1764'),
      status: 403,
      body: {
        result: { code: 2, status: 'error' },
        error: {
          code: 68,
          name: 'permission_denied_or_non_existent',
          description: 'User 3 has no READ access to chain 1764, or there is no such chain.',
        },
      },
      mustNotContain: [mine.desc],
    },
    {
      name: 'returns 403 in the same way for a chain that does not exist',
      url: URL,
      headers: session('3', 'key-of-3', '77'),
      status: 403,
    },
    {
      name: 'returns 400 for both methods at once, even when both are good',
      url: URL,
      headers: { ...bearer('token-of-1764:secret-of-1764'), ...session('1', 'key-of-1', '1764') },
      status: 400,
      body: {
        result: { code: 2, status: 'error' },
        error: {
          code: 9000,
          name: 'invalid_parameters',
          description:
            'Authenticate either with Authorization or with the X-Spaaza-Session headers, not with both.',
        },
      },
    },
    {
      name: 'takes a session next to an empty Authorization',
      url: URL,
      headers: { Authorization: '', ...session('1', 'key-of-1', '1764') },
      status: 200,
      body: [mine],
    },
    {
      name: 'takes a session next to an Authorization of spaces',
      url: URL,
      headers: { Authorization: ' \t ', ...session('1', 'key-of-1', '1764') },
      status: 200,
    },
    {
      name: 'takes a token next to empty session headers',
      url: URL,
      headers: { ...bearer('token-of-1764:secret-of-1764'), ...session('', ' ', '') },
      status: 200,
      body: [mine],
    },
    {
      name: 'returns 400 for a token next to a session of which one header is not empty',
      url: URL,
      headers: { ...bearer('token-of-1764:secret-of-1764'), ...session('1', '', '') },
      status: 400,
    },
    refused('empty headers of both methods', { Authorization: '', ...session('', '', '') }),
    refused('a token that is given twice', {
      Authorization: 'Bearer token-of-1764:secret-of-1764, Bearer token-of-1764:secret-of-1764',
    }),
    refused('a session key that is given twice', session('1', 'key-of-1, key-of-1', '1764')),
    refused('no credentials', {}),
    refused('another scheme', { Authorization: `Basic ${btoa('token-of-1764:secret-of-1764')}` }),
    refused('no colon', bearer('token-of-1764')),
    refused('an empty id', bearer(':secret-of-1764')),
    refused('an empty secret', bearer('token-of-1764:')),
    refused('an unknown id', bearer('nobody:secret-of-1764')),
    refused('a wrong secret', bearer('token-of-1764:secret-of-1765')),
    refused('a secret with more behind another colon', bearer('token-of-1764:secret-of-1764:x')),
    refused('an id that is SQL', bearer("'OR'1'='1:secret-of-1764")),
    refused('an unknown session key', session('1', 'nobody', '1764')),
    refused("another user's session key", session('1', 'key-of-2', '1764')),
    refused('a session without a user', {
      'X-Spaaza-Session-Key': 'key-of-1',
      'X-Spaaza-Session-Chain-Id': '1764',
    }),
    refused('a session without a key', {
      'X-Spaaza-Session-User-Id': '1',
      'X-Spaaza-Session-Chain-Id': '1764',
    }),
    refused('a session without a chain', {
      'X-Spaaza-Session-User-Id': '1',
      'X-Spaaza-Session-Key': 'key-of-1',
    }),
    refused('a user id that is no integer', session('1.0', 'key-of-1', '1764')),
    refused('a chain that is no integer', session('1', 'key-of-1', '0x6e4')),
    {
      ...refused('bad credentials together with a bad query', bearer('nobody:x')),
      url: `${URL}?status=NOPE&limit=x&a=%zz`,
    },
    {
      ...refused('bad credentials on a path that does not exist', bearer('nobody:x')),
      url: 'http://services.test/nothing',
    },
    { ...refused('bad credentials with a method that is not allowed', bearer('nobody:x')), method: 'DELETE' },
  ]);

  it('accepts a credential until it expires, and not at that moment', async () => {
    const { app, store } = await createTestGateway();
    const good = [
      await asChain(store, 1, { expiresAt: NOW + 1 }),
      await asAdmin(store, 1, 1, { expiresAt: NOW + 1 }),
    ];
    const expired = [
      await asChain(store, 2, { expiresAt: NOW }),
      await asAdmin(store, 2, 1, { expiresAt: NOW }),
    ];
    for (const userId of [1, 2]) await store.access.grant({ userId, chain: 1, level: 'READ' });
    for (const headers of good) expect((await app.request(URL, { headers })).status).toBe(200);
    for (const headers of expired) {
      const response = await app.request(URL, { headers });
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual(UNAUTHENTICATED);
    }
  });

  it('rejects a revoked token, session or grant from the next request on', async () => {
    const { app, store } = await createTestGateway();
    const token = await asChain(store, 1);
    const admin = await asAdmin(store, 5, 1);
    await store.access.grant({ userId: 5, chain: 1, level: 'READ' });
    const status = async (headers: Record<string, string>) => (await app.request(URL, { headers })).status;
    expect([await status(token), await status(admin)]).toEqual([200, 200]);
    await store.access.revokeToken('token-of-1', NOW);
    await store.access.withdraw(5, 1);
    expect([await status(token), await status(admin)]).toEqual([401, 403]);
    await store.access.revokeSession('session-of-5', NOW);
    expect(await status(admin)).toBe(401);
  });

  it('puts every route behind it, known or not, but for signed downloads', async () => {
    const { app } = await createTestGateway();
    const routed = app.routes
      .filter((route) => route.path.startsWith('/services/'))
      .map((route) => route.path.slice(9));
    const paths = new Set([
      ...routed,
      ...Object.keys(servicesDocument.paths ?? {}),
      '/',
      '/nothing',
      '/tasks/1',
    ]);
    expect(paths).toContain('/tasks');
    expect(paths).toContain('/openapi.json');
    for (const path of paths) {
      if (path.startsWith('/downloads/')) continue;
      // The health check, which answers on any host, takes GET and HEAD from anybody.
      const isHealth = path === '/is-alive';
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        if (isHealth && (method === 'GET' || method === 'HEAD')) continue;
        const response = await app.request(`http://services.test${path.replaceAll('*', 'anything')}`, {
          method,
        });
        expect(response.status, `${method} ${path}`).toBe(401);
        if (method !== 'HEAD') expect(await response.json()).toEqual(UNAUTHENTICATED);
      }
    }
  });

  it('logs no secret', async () => {
    const { app, store, logLines } = await createTestGateway();
    const headers = { ...(await asChain(store, 1764)) };
    await app.request(`${URL}?token=secret-of-1764`, { headers });
    await app.request(URL, { headers: session('1', 'key-of-1', '1') });
    expect(logLines).toHaveLength(2);
    expect(logLines.join()).not.toMatch(/secret-of|key-of/);
  });
});
