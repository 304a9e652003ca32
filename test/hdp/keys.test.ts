import { describe, expect, it } from 'vitest';
import { hashSecret } from '../../src/http/secrets.ts';
import { addHdpTasks, asKey, createTestGateway, type Gateway } from '../support/gateway.ts';
import { type Scenario, scenarios } from '../support/scenarios.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const writes = [
  { path: '/tasks', role: 'client', other: 'processor' },
  { path: `/tasks/${ulid(1)}/retry`, role: 'client', other: 'processor' },
  { path: `/tasks/${ulid(1)}/transitions`, role: 'processor', other: 'client' },
] as const;
const MISSING = { error: 'Missing Herodotus Cloud X-API-KEY header' };
const CHALLENGE = { 'www-authenticate': 'ApiKey realm="hdp"' };
const INVALID = { error: 'Invalid Herodotus Cloud X-API-KEY header' };

const given = async ({ store }: Gateway) => {
  await addHdpTasks(store, anHdpTask());
  await asKey(store, 'client');
  await asKey(store, 'processor');
  return undefined;
};

/** Whatever else is wrong with a request, the key is looked at first. */
const everyWrite = writes.flatMap(({ path, role, other }): Scenario[] => {
  const to = { url: `http://hdp.test${path}?x=%zz`, method: 'POST', send: '{ no JSON' };
  const keyOf = (name: string) => ({ 'X-API-KEY': `key-of-a-${name}` });
  return [
    { ...to, name: `rejects ${path} without a key`, status: 401, body: MISSING, responseHeaders: CHALLENGE },
    {
      ...to,
      name: `rejects ${path} with an empty key`,
      headers: { 'X-API-KEY': '' },
      status: 401,
      body: MISSING,
      responseHeaders: CHALLENGE,
    },
    {
      ...to,
      name: `rejects ${path} with a key of spaces`,
      headers: { 'X-API-KEY': ' \t ' },
      status: 401,
      body: MISSING,
      responseHeaders: CHALLENGE,
    },
    {
      ...to,
      name: `rejects ${path} with an unknown key`,
      headers: keyOf('nobody'),
      status: 401,
      body: INVALID,
      responseHeaders: CHALLENGE,
    },
    {
      ...to,
      name: `rejects ${path} with the id of a key`,
      headers: { 'X-API-KEY': `${role}-key` },
      status: 401,
      body: INVALID,
      responseHeaders: CHALLENGE,
    },
    {
      ...to,
      name: `rejects ${path} with two keys`,
      headers: { 'X-API-KEY': `key-of-a-${role}, key-of-a-${role}` },
      status: 401,
      body: INVALID,
      responseHeaders: CHALLENGE,
    },
    {
      ...to,
      name: `rejects ${path} with the key of a ${other}`,
      headers: keyOf(other),
      status: 403,
      body: { error: `This takes the key of a ${role}, and yours is that of a ${other}.` },
    },
    {
      ...to,
      name: `looks at a request to ${path} with the key of a ${role}`,
      headers: keyOf(role),
      status: 400,
      body: { error: 'The URL has a malformed percent-encoding; write % itself as %25.' },
    },
  ];
});

describe('API keys of the HDP API', () => {
  scenarios(given, [
    ...everyWrite,
    {
      name: 'tells nobody without a key whether there is such a task',
      url: `http://hdp.test/tasks/${ulid(2)}/retry`,
      method: 'POST',
      status: 401,
      body: MISSING,
      responseHeaders: CHALLENGE,
    },
    ...['status', 'details', 'state_transitions', 'mmrs', 'output_preimage'].map((side) => ({
      name: `ignores a key that is sent to read ${side}`,
      url: `http://hdp.test/tasks/${ulid(1)}/${side}`,
      headers: { 'X-API-KEY': 'whatever' },
      status: 200,
    })),
  ]);

  it('rejects a revoked key from the next request on', async () => {
    const { app, store } = await createTestGateway();
    const headers = { ...(await asKey(store, 'client')), 'Content-Type': 'application/json' };
    const post = () => app.request('http://hdp.test/tasks', { method: 'POST', headers, body: '{}' });
    expect((await post()).status).toBe(400);
    await store.apiKeys.revoke('client-key', 1);
    const refused = await post();
    expect(refused.status).toBe(401);
    expect(await refused.json()).toEqual(INVALID);
  });

  it('has no way in by the hash of a key', async () => {
    const { app, store } = await createTestGateway();
    await asKey(store, 'client');
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      const headers = { 'X-API-KEY': hashSecret('key-of-a-client').toString(encoding) };
      const response = await app.request('http://hdp.test/tasks', { method: 'POST', headers });
      expect(response.status).toBe(401);
    }
  });
});
