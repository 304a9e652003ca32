import { describe, expect, it } from 'vitest';
import { addServicesTasks, asChain, createTestGateway, type Gateway } from '../support/gateway.ts';
import { type Scenario, testScenarios } from '../support/scenarios.ts';
import { aServicesTask } from '../support/tasks.ts';

const FOREIGN = 'a task of another chain';

const done = { code: 'DONE', last_run_date: '2026-05-26T12:00:00Z' } as const;
const tasks = [
  aServicesTask({ id: 5, target: { action: 'export', campaign_id: 7 } }),
  aServicesTask({ id: 2, state: done, version: 2, result: 'User_Export-2.csv' }),
  aServicesTask({
    id: 9,
    state: { ...done, code: 'ERROR' },
    target: { action: 'bulk issue rewards', campaign: 7 },
  }),
  aServicesTask({
    id: 4,
    state: { ...done, code: 'INPROGRESS' },
    target: { action: 'sync%_x', campaign_id: 8, campaign: 7 },
  }),
  aServicesTask({
    id: 6,
    state: done,
    target: { action: 'bulk issue rewards', campaign_id: null, campaign: 7 },
  }),
  aServicesTask({ id: 7, state: done, target: { action: 7, campaign: '7' } }),
  aServicesTask({ id: 3, chain: 9, desc: FOREIGN, state: done }),
];

const setUp = async ({ store }: Gateway) => {
  await addServicesTasks(store, ...tasks);
  return asChain(store, 1764);
};

/** The answer to a query: these tasks, of `total`, with links to the pages at these offsets. */
function list(
  name: string,
  query: string,
  ids: number[],
  total: number,
  offsets: Record<string, number>,
): Scenario {
  const asked = new URLSearchParams(query);
  asked.set('limit', asked.get('limit') ?? '100');
  const link = Object.entries(offsets).map(([rel, offset]) => {
    asked.delete('offset');
    asked.append('offset', String(offset));
    return `</tasks?${asked}>; rel="${rel}"`;
  });
  return {
    name,
    url: `http://services.test/tasks${query}`,
    status: 200,
    body: ids.map((id) => tasks.find((task) => task.id === id)),
    responseHeaders: {
      'content-type': 'application/json; charset=utf-8',
      'x-total-count': String(total),
      link: link.join(', '),
    },
    mustNotContain: [FOREIGN],
  };
}

describe('GET /tasks of the Services API', () => {
  testScenarios(setUp, [
    list('lists the tasks of the chain, id ascending, and no others', '', [2, 4, 5, 6, 7, 9], 6, {
      first: 0,
      last: 0,
    }),
    list('filters by READY', '?status=READY', [5], 1, { first: 0, last: 0 }),
    list('filters by INPROGRESS', '?status=INPROGRESS', [4], 1, { first: 0, last: 0 }),
    list('filters by DONE', '?status=DONE', [2, 6, 7], 3, { first: 0, last: 0 }),
    list('filters by ERROR', '?status=ERROR', [9], 1, { first: 0, last: 0 }),
    list('filters by action, whose every character is ordinary', '?action=sync%25_x', [4], 1, {
      first: 0,
      last: 0,
    }),
    list('gives [] for an action that nobody uses', '?action=nobody', [], 0, { first: 0, last: 0 }),
    list('compares actions in full and case', '?action=Export', [], 0, { first: 0, last: 0 }),
    list('matches no action that is not a string', '?action=7', [], 0, { first: 0, last: 0 }),
    list(
      'filters by campaign_id, or by campaign where that is absent or null',
      '?campaign_id=7',
      [5, 6, 9],
      3,
      { first: 0, last: 0 },
    ),
    list('prefers campaign_id to campaign', '?campaign_id=8', [4], 1, { first: 0, last: 0 }),
    {
      name: 'takes leading zeros for the plain digits they are',
      url: 'http://services.test/tasks?campaign_id=008&limit=01',
      status: 200,
      body: [tasks[3]],
    },
    list('combines filters with AND', '?status=DONE&action=bulk+issue+rewards&campaign_id=7', [6], 1, {
      first: 0,
      last: 0,
    }),
    list('starts a walk at the first page', '?limit=2', [2, 4], 6, { first: 0, next: 2, last: 4 }),
    list('goes on in the middle', '?limit=2&offset=2', [5, 6], 6, { first: 0, prev: 0, next: 4, last: 4 }),
    list('ends at the last page', '?limit=2&offset=4', [7, 9], 6, { first: 0, prev: 2, last: 4 }),
    list('keeps its step from an odd offset', '?limit=2&offset=3', [6, 7], 6, {
      first: 0,
      prev: 1,
      next: 5,
      last: 5,
    }),
    list('gives [] past the end, and the way back', '?limit=2&offset=100', [], 6, {
      first: 0,
      prev: 4,
      last: 4,
    }),
    list('keeps the filters in the links', '?status=DONE&limit=1&offset=1', [6], 3, {
      first: 0,
      prev: 0,
      next: 2,
      last: 2,
    }),
    {
      name: 'ignores parameters that it does not know, even repeated',
      url: 'http://services.test/tasks?x=1&x=2&status=READY',
      status: 200,
      body: [tasks[0]],
    },
  ]);

  it('takes an integer campaign for one however its JSON spells it', async () => {
    const { app, store } = await createTestGateway();
    const headers = await asChain(store, 1764);
    const spelled = ['7', '7.0', '70e-1', '"7"', '7.5', 'true', '[7]'];
    const lines = spelled.map((campaign, n) =>
      JSON.stringify(aServicesTask({ id: n + 1, target: {} })).replace(
        '"target":{}',
        `"target":{"campaign":${campaign}}`,
      ),
    );
    await addServicesTasks(store, ...lines);
    const response = await app.request('http://services.test/tasks?campaign_id=7', { headers });
    expect(JSON.parse(await response.text()).map((task: { id: number }) => task.id)).toEqual([1, 2, 3]);
  });

  it('leaves the Link header out when the filter is longer than clients take in a header', async () => {
    const { app, store } = await createTestGateway();
    const headers = await asChain(store, 1764);
    const link = async (length: number) =>
      (await app.request(`http://services.test/tasks?action=${'('.repeat(length)}`, { headers })).headers.get(
        'link',
      );
    expect(await link(1000)).toContain('rel="last"');
    expect(await link(5000)).toBeNull();
  });

  it('gives 100 tasks by default and 1000 at the most', async () => {
    const { app, store } = await createTestGateway();
    const headers = await asChain(store, 1764);
    await addServicesTasks(store, ...Array.from({ length: 1001 }, (_, n) => aServicesTask({ id: n + 1 })));
    const count = async (query: string) => {
      const response = await app.request(`http://services.test/tasks${query}`, { headers });
      expect(response.headers.get('x-total-count')).toBe('1001');
      return ((await response.json()) as unknown[]).length;
    };
    expect(await count('')).toBe(100);
    expect(await count('?limit=1000')).toBe(1000);
  });

  it('gives keys in the order of the contract and trigger and target exactly as they were stored', async () => {
    const { app, store } = await createTestGateway();
    const headers = await asChain(store, 1764);
    const target =
      '{"z":1.0,"10":[1e2,{"b":null,"a":"\\ud800\\u0000é"}],"2":12345678901234567890,"action":"x","__proto__":{"a":1}}';
    const task =
      `{"id":1,"chain":1764,"desc":"a \\"b\\" \\u0000 ü","state":{"code":"DONE","last_run_date":"2026-05-26T12:00:00Z",` +
      `"last_modified":"2026-05-26T12:08:30Z","created_date":"1969-12-31T23:59:59Z"},"trigger":{"2":"b","1":"a"},` +
      `"target":${target},"logs":null,"debug":"d","version":2,"result":"r"}`;
    await addServicesTasks(store, task.replaceAll(',"', ' ,\n "'));
    const response = await app.request('http://services.test/tasks', { headers });
    expect(await response.text()).toBe(`[${task.replace('"ü"', '"ü"')}]`);
  });
});
