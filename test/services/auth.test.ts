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
import { type Scenario, testScenarios } from '../support/scenarios.ts';
import { servicesError, TASKS_URL } from '../support/services-requests.ts';
import { aServicesTask } from '../support/tasks.ts';

const UNAUTHENTICATED = servicesError(
  6,
  'no_valid_session',
  'No valid authentication was provided: send a valid access token (Authorization: Bearer ID:SECRET) or a valid admin session.',
);
const task = aServicesTask({ id: 1, chain: 1764 });
const taskOfChain9 = aServicesTask({ id: 2, chain: 9, desc: 'not for chain 1764' });

/** Adds tasks of two chains, a token for chain 1764, and sessions: user 1 READ 1764, 2 WRITE 1764, 3 READ 9. */
async function addTasksAndCredentials({ store }: Gateway) {
  await addServicesTasks(store, task, taskOfChain9);
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

const READ_METHODS = ['GET', 'HEAD'];

/** The paths that GET and HEAD answer without credentials. */
const PUBLIC_PATHS = ['/', '/task/:id', '/docs', '/ui/:file', '/openapi.json', '/is-alive'];

/** Returns the paths of all routes of the API, of its OpenAPI document, and of no route. */
const servicesPaths = ({ routes }: Gateway['app']) => [
  ...new Set([
    ...routes
      .filter(({ path }) => /^\/services(\/|$)/.test(path))
      .map(({ path }) => path.slice('/services'.length) || '/'),
    ...Object.keys(servicesDocument.paths ?? {}),
    ...['/nothing', '/tasks/1', '/docs/1', '/ui', '/task'],
  ]),
];

const urlOf = (path: string) => `http://services.test${path.replaceAll('*', 'anything')}`;

async function contentOf(response: Promise<Response> | Response) {
  const { status, headers } = await response;
  return {
    status,
    vary: headers.get('vary'),
    etag: headers.get('etag'),
    body: await (await response).text(),
  };
}

const rejects = (name: string, headers: Record<string, string>): Scenario => ({
  name: `returns 401 for ${name}`,
  url: TASKS_URL,
  headers,
  status: 401,
  body: UNAUTHENTICATED,
  responseHeaders: { 'www-authenticate': 'Bearer realm="services"' },
  mustNotContain: ['1764', 'token-of'],
});

describe('authentication of the Services API', () => {
  testScenarios(addTasksAndCredentials, [
    {
      name: 'accepts an access token',
      url: TASKS_URL,
      headers: bearer('token-of-1764:secret-of-1764'),
      status: 200,
      body: [task],
    },
    {
      name: 'accepts the scheme in any case',
      url: TASKS_URL,
      headers: { Authorization: 'bEARER token-of-1764:secret-of-1764' },
      status: 200,
      body: [task],
    },
    {
      name: 'accepts an admin session with READ access',
      url: TASKS_URL,
      headers: session('1', 'key-of-1', '1764'),
      status: 200,
      body: [task],
    },
    {
      name: 'accepts an admin session with WRITE access',
      url: TASKS_URL,
      headers: session('2', 'key-of-2', '1764'),
      status: 200,
      body: [task],
    },
    {
      name: 'lists the tasks of the chain of the session headers',
      url: TASKS_URL,
      headers: session('3', 'key-of-3', '9'),
      status: 200,
      body: [taskOfChain9],
    },
    {
      name: 'returns 403 for an admin without access to the chain',
      url: TASKS_URL,
      headers: session('3', 'key-of-3', '1764'),
      status: 403,
      body: servicesError(
        68,
        'permission_denied_or_non_existent',
        'User 3 has no READ access to chain 1764, or there is no such chain.',
      ),
      mustNotContain: [task.desc],
    },
    {
      name: 'returns 403 for an unknown chain',
      url: TASKS_URL,
      headers: session('3', 'key-of-3', '77'),
      status: 403,
    },
    {
      name: 'returns 400 for both methods at once, even if both are valid',
      url: TASKS_URL,
      headers: { ...bearer('token-of-1764:secret-of-1764'), ...session('1', 'key-of-1', '1764') },
      status: 400,
      body: servicesError(
        9000,
        'invalid_parameters',
        'Authenticate either with Authorization or with the X-Spaaza-Session headers, not with both.',
      ),
    },
    {
      name: 'accepts a session next to an empty Authorization',
      url: TASKS_URL,
      headers: { Authorization: '', ...session('1', 'key-of-1', '1764') },
      status: 200,
      body: [task],
    },
    {
      name: 'accepts a session next to an Authorization of spaces',
      url: TASKS_URL,
      headers: { Authorization: ' \t ', ...session('1', 'key-of-1', '1764') },
      status: 200,
    },
    {
      name: 'accepts a token next to empty session headers',
      url: TASKS_URL,
      headers: { ...bearer('token-of-1764:secret-of-1764'), ...session('', ' ', '') },
      status: 200,
      body: [task],
    },
    {
      name: 'returns 400 for a token next to one session header that is not empty',
      url: TASKS_URL,
      headers: { ...bearer('token-of-1764:secret-of-1764'), ...session('1', '', '') },
      status: 400,
    },
    rejects('empty headers of both methods', { Authorization: '', ...session('', '', '') }),
    rejects('a token that is given twice', {
      Authorization: 'Bearer token-of-1764:secret-of-1764, Bearer token-of-1764:secret-of-1764',
    }),
    rejects('a session key that is given twice', session('1', 'key-of-1, key-of-1', '1764')),
    rejects('no credentials', {}),
    rejects('another scheme', { Authorization: `Basic ${btoa('token-of-1764:secret-of-1764')}` }),
    rejects('no colon', bearer('token-of-1764')),
    rejects('an empty id', bearer(':secret-of-1764')),
    rejects('an empty secret', bearer('token-of-1764:')),
    rejects('an unknown id', bearer('nobody:secret-of-1764')),
    rejects('a wrong secret', bearer('token-of-1764:secret-of-1765')),
    rejects('a secret followed by a colon and more text', bearer('token-of-1764:secret-of-1764:x')),
    rejects('an id that is SQL', bearer("'OR'1'='1:secret-of-1764")),
    rejects('an unknown session key', session('1', 'nobody', '1764')),
    rejects("another user's session key", session('1', 'key-of-2', '1764')),
    rejects('a session without a user', {
      'X-Spaaza-Session-Key': 'key-of-1',
      'X-Spaaza-Session-Chain-Id': '1764',
    }),
    rejects('a session without a key', {
      'X-Spaaza-Session-User-Id': '1',
      'X-Spaaza-Session-Chain-Id': '1764',
    }),
    rejects('a session without a chain', {
      'X-Spaaza-Session-User-Id': '1',
      'X-Spaaza-Session-Key': 'key-of-1',
    }),
    rejects('a user id that is no integer', session('1.0', 'key-of-1', '1764')),
    rejects('a chain that is no integer', session('1', 'key-of-1', '0x6e4')),
    {
      ...rejects('bad credentials together with a bad query', bearer('nobody:x')),
      url: `${TASKS_URL}?status=NOPE&limit=x&a=%zz`,
    },
    {
      ...rejects('bad credentials on a path that does not exist', bearer('nobody:x')),
      url: 'http://services.test/nothing',
    },
    { ...rejects('bad credentials with a method that is not allowed', bearer('nobody:x')), method: 'DELETE' },
  ]);

  it('accepts a credential only before its expiry time', async () => {
    const { app, store } = await createTestGateway();
    const valid = [
      await asChain(store, 1, { expiresAt: NOW + 1 }),
      await asAdmin(store, 1, 1, { expiresAt: NOW + 1 }),
    ];
    const expired = [
      await asChain(store, 2, { expiresAt: NOW }),
      await asAdmin(store, 2, 1, { expiresAt: NOW }),
    ];
    for (const userId of [1, 2]) await store.access.grant({ userId, chain: 1, level: 'READ' });
    for (const headers of valid) expect((await app.request(TASKS_URL, { headers })).status).toBe(200);
    for (const headers of expired) {
      const response = await app.request(TASKS_URL, { headers });
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual(UNAUTHENTICATED);
    }
  });

  it('rejects a revoked token, session or grant from the next request on', async () => {
    const { app, store } = await createTestGateway();
    const token = await asChain(store, 1);
    const admin = await asAdmin(store, 5, 1);
    await store.access.grant({ userId: 5, chain: 1, level: 'READ' });
    const statusOf = async (headers: Record<string, string>) =>
      (await app.request(TASKS_URL, { headers })).status;
    expect([await statusOf(token), await statusOf(admin)]).toEqual([200, 200]);
    await store.access.revokeToken('token-of-1', NOW);
    await store.access.revokeGrant(5, 1);
    expect([await statusOf(token), await statusOf(admin)]).toEqual([401, 403]);
    await store.access.revokeSession('session-of-5', NOW);
    expect(await statusOf(admin)).toBe(401);
  });

  it('protects every path and method, known or not, except downloads and what holds no data', async () => {
    const { app } = await createTestGateway();
    const paths = servicesPaths(app);
    expect(paths).toEqual(expect.arrayContaining(['/tasks', '/nothing', ...PUBLIC_PATHS]));
    for (const path of paths) {
      if (path.startsWith('/downloads/')) continue;
      for (const method of [...READ_METHODS, 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const isPublic = READ_METHODS.includes(method) && PUBLIC_PATHS.includes(path);
        const response = await app.request(urlOf(path), { method });
        if (isPublic) {
          expect([200, 404], `${method} ${path}`).toContain(response.status);
          continue;
        }
        expect(response.status, `${method} ${path}`).toBe(401);
        if (method !== 'HEAD') expect(await response.json()).toEqual(UNAUTHENTICATED);
      }
    }
  });

  it('makes no difference to the public paths', async () => {
    const gateway = await createTestGateway();
    await addTasksAndCredentials(gateway);
    for (const path of PUBLIC_PATHS) {
      for (const method of READ_METHODS) {
        const responses = [{}, bearer('token-of-1764:secret-of-1764'), bearer('nobody:x')].map((headers) =>
          gateway.app.request(urlOf(path), { method, headers }),
        );
        const [anonymous, ...others] = await Promise.all(responses.map(contentOf));
        expect(anonymous?.vary ?? '', `${method} ${path}`).not.toMatch(/authorization|session/i);
        for (const other of others) expect(other, `${method} ${path}`).toEqual(anonymous);
      }
    }
  });

  it('logs no secrets', async () => {
    const { app, store, logLines } = await createTestGateway();
    const headers = { ...(await asChain(store, 1764)) };
    await app.request(`${TASKS_URL}?token=secret-of-1764`, { headers });
    await app.request(TASKS_URL, { headers: session('1', 'key-of-1', '1') });
    expect(logLines).toHaveLength(2);
    expect(logLines.join()).not.toMatch(/secret-of|key-of/);
  });
});
