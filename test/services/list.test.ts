import { describe, expect, it } from 'vitest';
import { addServicesTasks, asChain, createTestGateway, type Gateway } from '../support/gateway.ts';
import { type Scenario, testScenarios } from '../support/scenarios.ts';
import { aServicesTask } from '../support/tasks.ts';

const OTHER_CHAIN_DESC = 'a task of another chain';

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
  aServicesTask({ id: 3, chain: 9, desc: OTHER_CHAIN_DESC, state: done }),
];

const insertTasks = async ({ store }: Gateway) => {
  await addServicesTasks(store, ...tasks);
  return asChain(store, 1764);
};

/** Creates a scenario that expects the tasks with these ids, a total, and a Link header with these offsets. */
function lists(
  name: string,
  query: string,
  ids: number[],
  total: number,
  offsets: Record<string, number>,
): Scenario {
  const parameters = new URLSearchParams(query);
  parameters.set('limit', parameters.get('limit') ?? '100');
  const link = Object.entries(offsets).map(([rel, offset]) => {
    parameters.delete('offset');
    parameters.append('offset', String(offset));
    return `<?${parameters}>; rel="${rel}"`;
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
    mustNotContain: [OTHER_CHAIN_DESC],
  };
}

describe('GET /tasks of the Services API', () => {
  testScenarios(insertTasks, [
    lists('lists only the tasks of the chain, by id ascending', '', [2, 4, 5, 6, 7, 9], 6, {
      first: 0,
      last: 0,
    }),
    lists('filters by READY', '?status=READY', [5], 1, { first: 0, last: 0 }),
    lists('filters by INPROGRESS', '?status=INPROGRESS', [4], 1, { first: 0, last: 0 }),
    lists('filters by DONE', '?status=DONE', [2, 6, 7], 3, { first: 0, last: 0 }),
    lists('filters by ERROR', '?status=ERROR', [9], 1, { first: 0, last: 0 }),
    lists('filters by action without wildcards', '?action=sync%25_x', [4], 1, {
      first: 0,
      last: 0,
    }),
    lists('returns [] for an action that no task has', '?action=nobody', [], 0, { first: 0, last: 0 }),
    lists('compares actions in full and case-sensitively', '?action=Export', [], 0, { first: 0, last: 0 }),
    lists('does not match an action that is not a string', '?action=7', [], 0, { first: 0, last: 0 }),
    lists(
      'filters by campaign_id, or by campaign if campaign_id is absent or null',
      '?campaign_id=7',
      [5, 6, 9],
      3,
      { first: 0, last: 0 },
    ),
    lists('prefers campaign_id to campaign', '?campaign_id=8', [4], 1, { first: 0, last: 0 }),
    {
      name: 'accepts integers with leading zeros',
      url: 'http://services.test/tasks?campaign_id=008&limit=01',
      status: 200,
      body: [tasks[3]],
    },
    lists('combines filters with AND', '?status=DONE&action=bulk+issue+rewards&campaign_id=7', [6], 1, {
      first: 0,
      last: 0,
    }),
    lists('links the first page to the next', '?limit=2', [2, 4], 6, { first: 0, next: 2, last: 4 }),
    lists('links a middle page to both neighbours', '?limit=2&offset=2', [5, 6], 6, {
      first: 0,
      prev: 0,
      next: 4,
      last: 4,
    }),
    lists('links the last page to the previous', '?limit=2&offset=4', [7, 9], 6, {
      first: 0,
      prev: 2,
      last: 4,
    }),
    lists('links from an offset that is no multiple of the limit', '?limit=2&offset=3', [6, 7], 6, {
      first: 0,
      prev: 1,
      next: 5,
      last: 5,
    }),
    lists('returns [] past the end, with a link to the last page', '?limit=2&offset=100', [], 6, {
      first: 0,
      prev: 4,
      last: 4,
    }),
    lists('keeps the filters in the links', '?status=DONE&limit=1&offset=1', [6], 3, {
      first: 0,
      prev: 0,
      next: 2,
      last: 2,
    }),
    {
      name: 'ignores unknown parameters, even repeated',
      url: 'http://services.test/tasks?x=1&x=2&status=READY',
      status: 200,
      body: [tasks[0]],
    },
  ]);

  it('matches campaign numbers of equal value in any JSON notation', async () => {
    const { app, store } = await createTestGateway();
    const headers = await asChain(store, 1764);
    const campaigns = ['7', '7.0', '70e-1', '"7"', '7.5', 'true', '[7]'];
    const lines = campaigns.map((campaign, n) =>
      JSON.stringify(aServicesTask({ id: n + 1, target: {} })).replace(
        '"target":{}',
        `"target":{"campaign":${campaign}}`,
      ),
    );
    await addServicesTasks(store, ...lines);
    const response = await app.request('http://services.test/tasks?campaign_id=7', { headers });
    expect(JSON.parse(await response.text()).map((task: { id: number }) => task.id)).toEqual([1, 2, 3]);
  });

  it('omits the Link header if it would be too long for clients', async () => {
    const { app, store } = await createTestGateway();
    const headers = await asChain(store, 1764);
    const link = async (length: number) =>
      (await app.request(`http://services.test/tasks?action=${'('.repeat(length)}`, { headers })).headers.get(
        'link',
      );
    expect(await link(1000)).toContain('rel="last"');
    expect(await link(5000)).toBeNull();
  });

  it('returns 100 tasks by default and at most 1000', async () => {
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

  it('returns keys in the order of the contract, and trigger and target as they are stored', async () => {
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
    expect(await response.text()).toBe(`[${task}]`);
  });
});
