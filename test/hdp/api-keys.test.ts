import { describe, expect, it } from 'vitest';
import { hashSecret } from '../../src/http/secrets.ts';
import { addHdpTasks, asKey, createTestGateway, type Gateway } from '../support/gateway.ts';
import { type Scenario, testScenarios } from '../support/scenarios.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const writes = [
  { path: '/tasks', role: 'client', other: 'processor' },
  { path: `/tasks/${ulid(1)}/retry`, role: 'client', other: 'processor' },
  { path: `/tasks/${ulid(1)}/transitions`, role: 'processor', other: 'client' },
] as const;
const MISSING = { error: 'Missing Herodotus Cloud X-API-KEY header' };
const CHALLENGE = { 'www-authenticate': 'ApiKey realm="hdp"' };
const INVALID = { error: 'Invalid Herodotus Cloud X-API-KEY header' };

const addTaskAndKeys = async ({ store }: Gateway) => {
  await addHdpTasks(store, anHdpTask());
  await asKey(store, 'client');
  await asKey(store, 'processor');
  return undefined;
};

/** Each request has a malformed URL and body too: the key is checked first. */
const everyWrite = writes.flatMap(({ path, role, other }): Scenario[] => {
  const request = { url: `http://hdp.test${path}?x=%zz`, method: 'POST', requestBody: '{ no JSON' };
  const keyOf = (name: string) => ({ 'X-API-KEY': `key-of-a-${name}` });
  return [
    {
      ...request,
      name: `rejects ${path} without a key`,
      status: 401,
      body: MISSING,
      responseHeaders: CHALLENGE,
    },
    {
      ...request,
      name: `rejects ${path} with an empty key`,
      headers: { 'X-API-KEY': '' },
      status: 401,
      body: MISSING,
      responseHeaders: CHALLENGE,
    },
    {
      ...request,
      name: `rejects ${path} with a key of spaces`,
      headers: { 'X-API-KEY': ' \t ' },
      status: 401,
      body: MISSING,
      responseHeaders: CHALLENGE,
    },
    {
      ...request,
      name: `rejects ${path} with an unknown key`,
      headers: keyOf('nobody'),
      status: 401,
      body: INVALID,
      responseHeaders: CHALLENGE,
    },
    {
      ...request,
      name: `rejects ${path} with the id of a key`,
      headers: { 'X-API-KEY': `${role}-key` },
      status: 401,
      body: INVALID,
      responseHeaders: CHALLENGE,
    },
    {
      ...request,
      name: `rejects ${path} with two keys`,
      headers: { 'X-API-KEY': `key-of-a-${role}, key-of-a-${role}` },
      status: 401,
      body: INVALID,
      responseHeaders: CHALLENGE,
    },
    {
      ...request,
      name: `rejects ${path} with the key of a ${other}`,
      headers: keyOf(other),
      status: 403,
      body: { error: `This request needs the key of a ${role}, but this is the key of a ${other}.` },
    },
    {
      ...request,
      name: `validates a request to ${path} with the key of a ${role}`,
      headers: keyOf(role),
      status: 400,
      body: { error: 'The URL has a malformed percent-encoding; write % itself as %25.' },
    },
  ];
});

describe('API keys of the HDP API', () => {
  testScenarios(addTaskAndKeys, [
    ...everyWrite,
    {
      name: 'returns 401 without a key even if the task does not exist',
      url: `http://hdp.test/tasks/${ulid(2)}/retry`,
      method: 'POST',
      status: 401,
      body: MISSING,
      responseHeaders: CHALLENGE,
    },
    ...['status', 'details', 'state_transitions', 'mmrs', 'output_preimage'].map((resource) => ({
      name: `ignores the key of a request for ${resource}`,
      url: `http://hdp.test/tasks/${ulid(1)}/${resource}`,
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
    const response = await post();
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual(INVALID);
  });

  it('rejects the hash of a key', async () => {
    const { app, store } = await createTestGateway();
    await asKey(store, 'client');
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      const headers = { 'X-API-KEY': hashSecret('key-of-a-client').toString(encoding) };
      const response = await app.request('http://hdp.test/tasks', { method: 'POST', headers });
      expect(response.status).toBe(401);
    }
  });
});
