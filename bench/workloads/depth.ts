/** Compares the last pages of lists with the first pages. No page is requested twice. */

import { requireSameResponses } from '../compare.ts';
import { Connection, type HttpRequest, sendTimed } from '../http-client.ts';
import type { Goal } from '../report.ts';
import { type Api, listRequest, polledListRequest } from '../requests.ts';
import { commonTerms } from '../search-terms.ts';
import { type Server, sendOnce, withServers } from '../server-process.ts';
import { type Bench, startFastify, startFloor, startTaskgate } from '../start-servers.ts';
import { formatMs, formatRatio, median } from '../stats.ts';
import { countTasks, type Filter } from './totals.ts';
import type { Workload } from './workload.ts';

const PAGE_COUNT = 30;
const MAX_RATIO = 2;
const VERIFIED_PAGES = 3;
/** The time for the pages of one server. A slow server (fastify with a search) gets fewer requests. */
const TIME_LIMIT_MS = 20_000;

interface ListCase {
  name: string;
  api: Api;
  filter: Filter;
}

const TERMS = commonTerms();
const CASES: readonly ListCase[] = [
  { name: 'HDP', api: 'hdp', filter: {} },
  { name: 'HDP, a search that a tenth matches', api: 'hdp', filter: { search: TERMS[0] ?? '' } },
  { name: 'Services', api: 'services', filter: {} },
  { name: 'Services, by status', api: 'services', filter: { status: 'DONE' } },
  { name: 'Services, by status and action', api: 'services', filter: { status: 'DONE', action: 'export' } },
];

export const depth: Workload = {
  name: 'depth',
  async run(bench) {
    const rows: string[][] = [];
    const goals: Goal[] = [];
    for (const listCase of CASES) {
      for (const result of await measureCase(bench, listCase)) {
        const ratio = result.last / result.first;
        rows.push([
          listCase.name,
          result.server,
          String(result.pages),
          formatMs(result.first),
          formatMs(result.last),
          formatRatio(ratio),
        ]);
        if (result.server !== 'taskgate') continue;
        const goal = `last page at most ${MAX_RATIO} x the first`;
        goals.push({
          work: `depth: ${listCase.name}`,
          goal,
          measured: formatRatio(ratio),
          met: ratio <= MAX_RATIO,
        });
      }
    }
    return {
      title: 'depth: the last pages compared with the first',
      tables: [
        { head: ['list', 'server', 'pages of each kind', 'first, ms', 'last, ms', 'last / first'], rows },
      ],
      notes: [
        'Medians of single requests. No page (with a search: no term) is requested twice.',
        `The same client needs ${formatMs(await measureFloorMs(bench))} ms for the polled HDP list from the floor.`,
      ],
      goals,
    };
  },
};

interface Measurement {
  server: string;
  pages: number;
  first: number;
  last: number;
}

async function measureCase(bench: Bench, listCase: ListCase): Promise<Measurement[]> {
  bench.log(`depth: ${listCase.name}`);
  const { warmUp, first, last } = await requestsFor(bench, listCase);
  return withServers([() => startTaskgate(bench), () => startFastify(bench)], async (taskgate, fastify) => {
    const results = [
      await measurePages(taskgate, warmUp, first, last),
      await measurePages(fastify, warmUp, first, last),
    ];
    // After the measurement, because these requests fill response caches.
    await requireSameResponses(taskgate, fastify, [
      ...first.slice(0, VERIFIED_PAGES),
      ...last.slice(0, VERIFIED_PAGES),
    ]);
    return results;
  });
}

async function measurePages(
  { name, port }: Server,
  warmUp: readonly HttpRequest[],
  first: readonly HttpRequest[],
  last: readonly HttpRequest[],
): Promise<Measurement> {
  const connection = await Connection.open(port);
  const durations = { warmUp: [] as number[], first: [] as number[], last: [] as number[] };
  const measure = async (kind: keyof typeof durations, request: HttpRequest | undefined) => {
    if (request) durations[kind].push((await sendTimed(connection, request)).durationMs);
  };
  let deadline = performance.now() + TIME_LIMIT_MS / 10;
  for (const request of warmUp) if (performance.now() < deadline) await measure('warmUp', request);
  deadline = performance.now() + TIME_LIMIT_MS;
  for (const [index, request] of first.entries()) {
    if (index >= VERIFIED_PAGES && performance.now() > deadline) break;
    await measure('first', request);
    await measure('last', last[index]);
  }
  connection.close();
  return {
    server: name,
    pages: durations.first.length,
    first: median(durations.first),
    last: median(durations.last),
  };
}

/** Returns requests for the first pages, for an equal number of last pages, and for pages between them as a warm-up. */
async function requestsFor({ dataset }: Bench, { api, filter }: ListCase) {
  const size = api === 'hdp' ? 10 : 100;
  const total = await countTasks(dataset, api, filter);
  const pageCount = Math.ceil(total / size);
  const pageRequest = (page: number, overrides: Filter = {}) =>
    listRequest(api, dataset, buildQuery(api, { ...filter, ...overrides }, page, size));
  if (filter.search !== undefined) {
    // Each request has another term, so that each search is new.
    const terms = (from: number, page: number) =>
      TERMS.slice(from, from + TERMS.length / 3).map((search) => pageRequest(page, { search }));
    const third = Math.floor(TERMS.length / 3);
    return {
      first: terms(0, 0).slice(0, PAGE_COUNT),
      last: terms(third, pageCount - 1).slice(0, PAGE_COUNT),
      warmUp: terms(2 * third, Math.floor(pageCount / 2)),
    };
  }
  const pages = Math.min(PAGE_COUNT, Math.floor(pageCount / 4));
  const between = Math.max(0, pageCount - 2 * pages);
  return {
    first: Array.from({ length: pages }, (_, page) => pageRequest(page)),
    last: Array.from({ length: pages }, (_, page) => pageRequest(pageCount - 1 - page)),
    warmUp: Array.from({ length: Math.min(200, between) }, (_, i) =>
      pageRequest(pages + Math.floor((i * between) / 200)),
    ),
  };
}

function buildQuery(api: Api, { search, status, action }: Filter, page: number, size: number): string {
  const query = new URLSearchParams(
    api === 'hdp'
      ? { hdp_tasks_page: `${page + 1}`, hdp_tasks_per_page: `${size}` }
      : { limit: `${size}`, offset: `${page * size}` },
  );
  if (search !== undefined) query.set('hdp_tasks_search', search);
  if (status !== undefined) query.set('status', status);
  if (action !== undefined) query.set('action', action);
  return query.toString();
}

async function measureFloorMs(bench: Bench): Promise<number> {
  const request = polledListRequest('hdp', bench.dataset);
  const response = await withServers([() => startTaskgate(bench)], (taskgate) => sendOnce(taskgate, request));
  return withServers([() => startFloor(bench, response)], async (floor) => {
    const connection = await Connection.open(floor.port);
    const durations: number[] = [];
    for (let i = 0; i < 500; i += 1) durations.push((await sendTimed(connection, request)).durationMs);
    connection.close();
    return median(durations.slice(200));
  });
}
