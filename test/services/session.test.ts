import { describe, expect, it } from 'vitest';
import { TEST_ACTIONS } from '../support/actions.ts';
import { asAdmin, asChain, createTestGateway, type Gateway, NOW } from '../support/gateway.ts';
import { testScenarios } from '../support/scenarios.ts';

const SESSION_URL = 'http://services.test/session';

/** Grants user 7 two chains and user 8 a third one. */
async function grantChains({ store }: Gateway) {
  await store.access.grant({ userId: 7, chain: 1764, level: 'WRITE' });
  await store.access.grant({ userId: 7, chain: 9, level: 'READ' });
  await store.access.grant({ userId: 8, chain: 5555, level: 'WRITE' });
}

describe('GET /session', () => {
  testScenarios(undefined, [
    {
      name: 'describes an access token and its one chain',
      setUp: async (gateway) => {
        await grantChains(gateway);
        return asChain(gateway.store, 1764, { expiresAt: NOW + 1500 });
      },
      url: SESSION_URL,
      status: 200,
      body: {
        ...{ method: 'token', token_id: 'token-of-1764', user_id: null, chain: 1764, level: 'WRITE' },
        ...{ valid_until: '2026-06-01T12:00:01Z', chains: [{ chain: 1764, level: 'WRITE' }], actions: [] },
      },
      responseHeaders: { 'cache-control': 'private, no-cache' },
      mustNotContain: ['secret-of-1764', '5555'],
    },
    {
      name: 'describes an admin session with the chains of its user alone',
      setUp: async (gateway) => {
        await grantChains(gateway);
        return asAdmin(gateway.store, 7, 9);
      },
      url: SESSION_URL,
      status: 200,
      body: {
        ...{ method: 'admin', token_id: null, user_id: 7, chain: 9, level: 'READ', valid_until: null },
        chains: [
          { chain: 9, level: 'READ' },
          { chain: 1764, level: 'WRITE' },
        ],
        actions: [],
      },
      mustNotContain: ['key-of-7', '5555'],
    },
    {
      name: 'returns 403 for a chain that the user has no access to',
      setUp: async (gateway) => {
        await grantChains(gateway);
        return asAdmin(gateway.store, 7, 5555);
      },
      url: SESSION_URL,
      status: 403,
    },
    { name: 'returns 401 without credentials', url: SESSION_URL, status: 401 },
    {
      name: 'returns 405 for POST',
      setUp: ({ store }) => asChain(store, 1764),
      url: SESSION_URL,
      method: 'POST',
      status: 405,
      responseHeaders: { allow: 'GET, HEAD' },
    },
  ]);

  it('lists the actions that the runner supports', async () => {
    const { app, store } = await createTestGateway({ actions: [...TEST_ACTIONS] });
    const response = await app.request(SESSION_URL, { headers: await asChain(store, 1764) });
    expect(await response.json()).toMatchObject({ actions: TEST_ACTIONS.map(({ name }) => name) });
  });

  it('does not list a chain any more whose grant was revoked', async () => {
    const gateway = await createTestGateway();
    await grantChains(gateway);
    const headers = await asAdmin(gateway.store, 7, 9);
    await gateway.store.access.revokeGrant(7, 1764);
    const response = await gateway.app.request(SESSION_URL, { headers });
    expect(await response.json()).toMatchObject({ chains: [{ chain: 9, level: 'READ' }] });
  });
});
