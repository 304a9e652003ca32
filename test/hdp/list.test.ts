import { describe, expect, it } from 'vitest';
import { addHdpTasks, createTestGateway, type Gateway } from '../support/gateway.ts';
import { type Scenario, testScenarios } from '../support/scenarios.ts';
import { anHdpTask, ulid } from '../support/tasks.ts';

const at = (n: number, time: string, changes = {}) =>
  anHdpTask({ uuid: ulid(n), createdAt: time, updatedAt: time, ...changes });

// Newest first, then uuid descending; put in another order below.
const tasks = [
  at(3, '2025-01-02T00:00:00.000001Z', { programName: '100%_real', programHash: '0xABcd' }),
  at(9, '2025-01-02T00:00:00Z', { programName: "o'brien \u0000 x" }),
  at(4, '2025-01-02T00:00:00Z', { programName: 'Cafe\u0301_TVL', programHash: '0xabCE' }),
  at(5, '2025-01-01T23:59:59.999Z', { programName: 'ΑΘΗΝΑ', scheduleMode: 'onchain', scheduleTxHash: '0x1' }),
  at(8, '2024-01-01T00:00:00.120Z', {
    programName: '証明',
    dataSourceChains: ['0x1', 'é"'],
    status: 'TraceGenFailed',
  }),
  at(7, '2024-01-01T00:00:00.12Z'.replace('.12Z', '.100Z'), {
    programName: 'İstanbul',
    dataSourceChains: [],
  }),
];

const setUp = async ({ store }: Gateway) => {
  await addHdpTasks(store, ...[...tasks].sort((a, b) => (a.uuid < b.uuid ? -1 : 1)));
  return undefined;
};

/** The answer to a query: these tasks (by index) on this page, with links to the pages of these numbers. */
function list(
  name: string,
  asked: { page?: number; perPage?: number; search?: string },
  indexes: number[],
  total: number,
  links: Record<string, number>,
): Scenario {
  const query = new URLSearchParams();
  if (asked.page !== undefined) query.set('hdp_tasks_page', String(asked.page));
  if (asked.perPage !== undefined) query.set('hdp_tasks_per_page', String(asked.perPage));
  if (asked.search !== undefined) query.set('hdp_tasks_search', asked.search);
  const perPage = asked.perPage ?? 10;
  const found = asked.search ? `&${new URLSearchParams({ hdp_tasks_search: asked.search })}` : '';
  const link = Object.entries(links).map(
    ([rel, page]) => `</tasks?hdp_tasks_page=${page}&hdp_tasks_per_page=${perPage}${found}>; rel="${rel}"`,
  );
  return {
    name,
    url: `http://hdp.test/tasks?${query}`,
    status: 200,
    body: {
      tasks: indexes.map((index) => tasks[index]),
      pagination: { page: asked.page ?? 1, perPage, total, totalPages: Math.ceil(total / perPage) },
    },
    responseHeaders: { 'content-type': 'application/json; charset=utf-8', link: link.join(', ') },
  };
}
const finds = (search: string, indexes: number[]) =>
  list(`finds ${JSON.stringify(search)}`, { search }, indexes, indexes.length, { first: 1, last: 1 });
const all = [0, 1, 2, 3, 4, 5];

describe('GET /tasks of the HDP API', () => {
  testScenarios(setUp, [
    list('lists newest first, ties by uuid descending, to anyone', {}, all, 6, { first: 1, last: 1 }),
    list('takes an empty search for none', { search: '' }, all, 6, { first: 1, last: 1 }),
    list('gives the first page', { perPage: 4, page: 1 }, [0, 1, 2, 3], 6, { first: 1, next: 2, last: 2 }),
    list('gives the last page', { perPage: 4, page: 2 }, [4, 5], 6, { first: 1, prev: 1, last: 2 }),
    list('gives an empty page past the end, with true totals', { perPage: 4, page: 9 }, [], 6, {
      first: 1,
      prev: 2,
      last: 2,
    }),
    list('gives totalPages 0 when nothing matches', { search: 'nothing' }, [], 0, { first: 1, last: 1 }),
    list('pages through what a search finds', { search: 'jpj', perPage: 1, page: 2 }, [1], 6, {
      first: 1,
      prev: 1,
      next: 3,
      last: 6,
    }),
    list('answers the largest page number', { page: Number.MAX_SAFE_INTEGER }, [], 6, {
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
      name: 'ignores a key that is sent anyway',
      url: 'http://hdp.test/tasks?hdp_tasks_per_page=1',
      headers: { 'X-API-KEY': 'whatever', Authorization: 'Bearer x', 'X-Spaaza-Session-Key': 'y' },
      status: 200,
    },
    {
      name: 'ignores parameters that it does not know, even repeated',
      url: 'http://hdp.test/tasks?x=1&x=2',
      status: 200,
    },
  ]);

  it('gives keys in the order of the contract and times with no, 3 or 6 fraction digits', async () => {
    const { app, store } = await createTestGateway();
    await addHdpTasks(store, ...tasks);
    const text = await (await app.request('http://hdp.test/tasks')).text();
    expect(text).toBe(
      JSON.stringify({ tasks, pagination: { page: 1, perPage: 10, total: 6, totalPages: 1 } }),
    );
  });

  it('takes a search of 200 characters, of any width', async () => {
    const { app } = await createTestGateway();
    const status = async (term: string) =>
      (await app.request(`http://hdp.test/tasks?hdp_tasks_search=${encodeURIComponent(term)}`)).status;
    expect(await status('証'.repeat(200))).toBe(200);
    expect(await status('🧾'.repeat(200))).toBe(200);
    expect(await status('🧾'.repeat(201))).toBe(400);
  });
});
