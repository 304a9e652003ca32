import { describe, expect, it } from 'vitest';
import { addHdpTasks, createTestGateway, type Gateway } from '../support/gateway.ts';
import { type Scenario, testScenarios } from '../support/scenarios.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const taskAt = (n: number, time: string, changes = {}) =>
  anHdpTask({ uuid: ulid(n), createdAt: time, updatedAt: time, ...changes });

// In list order: newest first, then by uuid descending. The tests insert them in a different order.
const tasks = [
  taskAt(3, '2025-01-02T00:00:00.000001Z', { programName: '100%_real', programHash: '0xABcd' }),
  taskAt(9, '2025-01-02T00:00:00Z', { programName: "o'brien \u0000 x" }),
  taskAt(4, '2025-01-02T00:00:00Z', { programName: 'Cafe\u0301_TVL', programHash: '0xabCE' }),
  taskAt(5, '2025-01-01T23:59:59.999Z', {
    programName: 'ΑΘΗΝΑ',
    scheduleMode: 'onchain',
    scheduleTxHash: '0x1',
  }),
  taskAt(8, '2024-01-01T00:00:00.120Z', {
    programName: '証明',
    dataSourceChains: ['0x1', 'é"'],
    status: 'TraceGenFailed',
  }),
  taskAt(7, '2024-01-01T00:00:00.100Z', {
    programName: 'İstanbul',
    dataSourceChains: [],
  }),
];

const insertTasks = async ({ store }: Gateway) => {
  await addHdpTasks(store, ...[...tasks].sort((a, b) => (a.uuid < b.uuid ? -1 : 1)));
  return undefined;
};

/** Creates a scenario that expects the tasks with these indexes, and a Link header with these page numbers. */
function lists(
  name: string,
  request: { page?: number; perPage?: number; search?: string },
  indexes: number[],
  total: number,
  links: Record<string, number>,
): Scenario {
  const query = new URLSearchParams();
  if (request.page !== undefined) query.set('hdp_tasks_page', String(request.page));
  if (request.perPage !== undefined) query.set('hdp_tasks_per_page', String(request.perPage));
  if (request.search !== undefined) query.set('hdp_tasks_search', request.search);
  const perPage = request.perPage ?? 10;
  const searchParam = request.search ? `&${new URLSearchParams({ hdp_tasks_search: request.search })}` : '';
  const link = Object.entries(links).map(
    ([rel, page]) => `<?hdp_tasks_page=${page}&hdp_tasks_per_page=${perPage}${searchParam}>; rel="${rel}"`,
  );
  return {
    name,
    url: `http://hdp.test/tasks?${query}`,
    status: 200,
    body: {
      tasks: indexes.map((index) => tasks[index]),
      pagination: { page: request.page ?? 1, perPage, total, totalPages: Math.ceil(total / perPage) },
    },
    responseHeaders: { 'content-type': 'application/json; charset=utf-8', link: link.join(', ') },
  };
}
const finds = (search: string, indexes: number[]) =>
  lists(`finds ${JSON.stringify(search)}`, { search }, indexes, indexes.length, { first: 1, last: 1 });
const all = [0, 1, 2, 3, 4, 5];

describe('GET /tasks of the HDP API', () => {
  testScenarios(insertTasks, [
    lists('lists the newest task first, and sorts ties by uuid descending', {}, all, 6, {
      first: 1,
      last: 1,
    }),
    lists('lists all tasks for an empty search', { search: '' }, all, 6, { first: 1, last: 1 }),
    lists('returns the first page', { perPage: 4, page: 1 }, [0, 1, 2, 3], 6, { first: 1, next: 2, last: 2 }),
    lists('returns the last page', { perPage: 4, page: 2 }, [4, 5], 6, { first: 1, prev: 1, last: 2 }),
    lists('returns an empty page past the end, with the exact total', { perPage: 4, page: 9 }, [], 6, {
      first: 1,
      prev: 2,
      last: 2,
    }),
    lists('returns totalPages 0 when no task matches', { search: 'nothing' }, [], 0, { first: 1, last: 1 }),
    lists('returns a page of search results', { search: 'jpj', perPage: 1, page: 2 }, [1], 6, {
      first: 1,
      prev: 1,
      next: 3,
      last: 6,
    }),
    lists('accepts the largest page number', { page: Number.MAX_SAFE_INTEGER }, [], 6, {
      first: 1,
      prev: 1,
      last: 1,
    }),
    finds(ulid(9), [1]),
    finds(ulid(9).toLowerCase(), [1]),
    finds(ulid(9).slice(3, 25), all),
    finds('0xab', [0, 2]),
    finds('XABCD', [0]),
    finds('%', [0]),
    finds('_', [0, 2]),
    finds('*', []),
    finds("'", [1]),
    finds('\u0000', [1]),
    finds('CAFÉ', [2]),
    finds('cafe\u0301_tv', [2]),
    finds('cafe', []),
    finds('αθηνα', [3]),
    finds('明', [4]),
    finds('i̇st', [5]),
    finds('İST', [5]),
    finds('ist', []),
    finds("' OR 1=1 --", []),
    finds('\\', []),
    {
      name: 'ignores credentials',
      url: 'http://hdp.test/tasks?hdp_tasks_per_page=1',
      headers: { 'X-API-KEY': 'whatever', Authorization: 'Bearer x', 'X-Spaaza-Session-Key': 'y' },
      status: 200,
    },
    {
      name: 'ignores unknown parameters, even repeated',
      url: 'http://hdp.test/tasks?x=1&x=2',
      status: 200,
    },
  ]);

  it('returns keys in the order of the contract, and times with 0, 3 or 6 fraction digits', async () => {
    const { app, store } = await createTestGateway();
    await addHdpTasks(store, ...tasks);
    const text = await (await app.request('http://hdp.test/tasks')).text();
    expect(text).toBe(
      JSON.stringify({ tasks, pagination: { page: 1, perPage: 10, total: 6, totalPages: 1 } }),
    );
  });

  it('accepts a search of 200 characters of any byte length', async () => {
    const { app } = await createTestGateway();
    const statusOf = async (term: string) =>
      (await app.request(`http://hdp.test/tasks?hdp_tasks_search=${encodeURIComponent(term)}`)).status;
    expect(await statusOf('証'.repeat(200))).toBe(200);
    expect(await statusOf('🧾'.repeat(200))).toBe(200);
    expect(await statusOf('🧾'.repeat(201))).toBe(400);
  });
});
