import { describe, expect, it } from 'vitest';
import { addServicesTasks, asAdmin, asChain, createTestGateway, type Gateway } from '../support/gateway.ts';
import { runScenario, testScenarios } from '../support/scenarios.ts';
import { aServicesTask } from '../support/tasks.ts';

const FIGURES = 'http://services.test/figures';
const EXPIRY = Date.parse('2026-06-02T00:00:00.999Z');
const OTHER_ACTION = 'an action of another chain';

const aTask = (id: number, code: 'READY' | 'DONE' | 'ERROR', target: object, chain = 1764) =>
  aServicesTask({ id, chain, target: { ...target }, state: { code, last_run_date: null } });

const tasks = [
  aTask(1, 'READY', { action: 'export', campaign_id: 7 }),
  aTask(2, 'DONE', { action: 'export' }),
  aTask(3, 'DONE', { action: 'export"quoted' }),
  aTask(4, 'DONE', { action: 'export, then more' }),
  aTask(5, 'ERROR', { action: '' }),
  aTask(6, 'ERROR', { action: 'exp\u0000\u00e9\u{1f600}', campaign: 9 }),
  aTask(7, 'DONE', { action: 'exp\u0000\u00e9\u{1f600}', campaign: -9 }),
  aTask(8, 'DONE', {}),
  aTask(9, 'DONE', { action: 7 }),
  aTask(10, 'READY', { action: OTHER_ACTION }, 17),
  aTask(11, 'READY', { action: 'export' }, 17),
  aTask(12, 'READY', { action: OTHER_ACTION }, 17_640),
];

const insertTasks = async ({ store }: Pick<Gateway, 'store'>) => {
  await addServicesTasks(store, ...tasks);
  return asChain(store, 1764);
};

const body = {
  chain: 1764,
  level: 'WRITE',
  valid_until: null,
  total: 9,
  statuses: { READY: 1, INPROGRESS: 0, DONE: 6, ERROR: 2 },
  actions: [
    { action: '', total: 1 },
    { action: 'exp\u0000\u00e9\u{1f600}', total: 2 },
    { action: 'export', total: 2 },
    { action: 'export, then more', total: 1 },
    { action: 'export"quoted', total: 1 },
  ].sort((a, b) => (JSON.stringify(a.action) < JSON.stringify(b.action) ? -1 : 1)),
  other_actions: 2,
};

describe('GET /figures of the Services API', () => {
  testScenarios(insertTasks, [
    {
      name: 'counts the tasks of the authenticated chain by status and by action (12)',
      url: FIGURES,
      status: 200,
      body,
      responseHeaders: { 'cache-control': 'private, no-cache' },
      mustNotContain: [OTHER_ACTION],
    },
    {
      name: 'counts the same when no change is pending',
      url: FIGURES,
      async setUp(gateway) {
        const headers = await insertTasks(gateway);
        while ((await gateway.store.index(1000)) > 0);
        return headers;
      },
      status: 200,
      body,
    },
    {
      name: 'ignores unknown parameters, also if they name a chain',
      url: `${FIGURES}?chain=17&chain=17`,
      status: 200,
      body,
    },
    {
      name: 'says which level an admin has, and until when the session is valid',
      url: FIGURES,
      async setUp(gateway) {
        await insertTasks(gateway);
        await gateway.store.access.grant({ userId: 5, chain: 1764, level: 'READ' });
        return asAdmin(gateway.store, 5, 1764, { expiresAt: EXPIRY });
      },
      status: 200,
      body: { ...body, level: 'READ', valid_until: '2026-06-02T00:00:00Z' },
    },
    {
      name: 'returns zeros for a chain without tasks',
      url: FIGURES,
      setUp: async ({ store }) => asChain(store, 5),
      status: 200,
      body: {
        ...{ chain: 5, level: 'WRITE', valid_until: null, total: 0 },
        statuses: { READY: 0, INPROGRESS: 0, DONE: 0, ERROR: 0 },
        actions: [],
        other_actions: 0,
      },
    },
    {
      name: 'returns 401 without credentials',
      url: FIGURES,
      setUp: async () => undefined,
      status: 401,
    },
    {
      name: 'returns 403 without access to the chain',
      url: FIGURES,
      async setUp({ store }) {
        await store.access.grant({ userId: 5, chain: 17, level: 'READ' });
        return asAdmin(store, 5, 1764);
      },
      status: 403,
    },
    {
      name: 'returns 405 for another method',
      url: FIGURES,
      method: 'DELETE',
      status: 405,
      responseHeaders: { allow: 'GET, HEAD' },
    },
  ]);

  it('counts at most 100 actions, and all others together', async () => {
    const { text, gateway } = await runScenario({
      name: '',
      url: FIGURES,
      status: 200,
      async setUp({ store }) {
        const actions = Array.from({ length: 103 }, (_, n) => `action ${String(n).padStart(3, '0')}`);
        await addServicesTasks(
          store,
          ...actions.map((action, n) => aTask(n + 1, 'DONE', { action })),
          aTask(200, 'READY', {}),
        );
        return asChain(store, 1764);
      },
    });
    const figures = JSON.parse(text);
    expect(figures).toMatchObject({ total: 104, other_actions: 4 });
    expect(figures.actions).toHaveLength(100);
    expect(figures.actions[0]).toEqual({ action: 'action 000', total: 1 });
    // The first action has no task any more.
    await addServicesTasks(gateway.store, aTask(1, 'DONE', { action: 'z' }));
    const { actions, otherActions } = await gateway.store.figures.services(1764);
    expect([actions[0]?.action, actions[99]?.action, otherActions]).toEqual(['action 001', 'action 100', 4]);
  });

  it('shows the change of a task with another ETag', async () => {
    const { app, store } = await createTestGateway();
    const headers = await insertTasks({ store });
    const etag = (await app.request(FIGURES, { headers })).headers.get('etag') ?? '';
    const again = () => app.request(FIGURES, { headers: { ...headers, 'If-None-Match': etag } });
    expect((await again()).status).toBe(304);
    await addServicesTasks(store, aTask(10, 'DONE', { action: OTHER_ACTION }, 17));
    expect((await again()).status).toBe(304);
    await addServicesTasks(store, aTask(1, 'DONE', { action: 'export' }));
    expect(await (await again()).json()).toEqual({
      ...body,
      statuses: { ...body.statuses, READY: 0, DONE: 7 },
    });
  });
});
