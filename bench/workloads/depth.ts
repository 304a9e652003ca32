/** The last pages against the first, each requested once. */
import { Connection, type HttpRequest, timed } from '../client.ts';
import { requireSameResponses } from '../compare.ts';
import {
  type Bench,
  requestOnce,
  type Server,
  startFastify,
  startFloor,
  startTaskgate,
  withServers,
} from '../contestants.ts';
import type { Goal } from '../report.ts';
import { type Api, listRequest, polled } from '../requests.ts';
import { median, ms, times } from '../stats.ts';
import { commonTerms } from '../terms.ts';
import { type Filter, totalOf } from './totals.ts';
import type { Workload } from './workload.ts';

const PAGES = 30;
const GOAL = 2;
const VERIFIED = 3;
/** A server that needs longer than this for its pages (fastify, searching) is asked for fewer. */
const PATIENCE_MS = 20_000;

interface Case {
  name: string;
  api: Api;
  filter: Filter;
}

const TERMS = commonTerms();
const CASES: readonly Case[] = [
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
    for (const wanted of CASES) {
      for (const found of await measureCase(bench, wanted)) {
        const ratio = found.last / found.first;
        rows.push([
          wanted.name,
          found.server,
          String(found.pages),
          ms(found.first),
          ms(found.last),
          times(ratio),
        ]);
        if (found.server !== 'taskgate') continue;
        const goal = `last page at most ${GOAL} x the first`;
        goals.push({ work: `depth: ${wanted.name}`, goal, measured: times(ratio), met: ratio <= GOAL });
      }
    }
    return {
      title: 'depth: the last pages against the first',
      tables: [{ head: ['list', 'server', 'pages of each', 'first, ms', 'last, ms', 'last / first'], rows }],
      notes: [
        'Medians of single requests, each for a page (with a search: for a term) that was not asked before.',
        `The floor, answering the polled HDP list, takes this client ${ms(await floorMs(bench))} ms.`,
      ],
      goals,
    };
  },
};

interface Found {
  server: string;
  pages: number;
  first: number;
  last: number;
}

function measureCase(bench: Bench, wanted: Case): Promise<Found[]> {
  bench.progress(`depth: ${wanted.name}`);
  const { warmUp, first, last } = questionsOf(bench, wanted);
  return withServers([() => startTaskgate(bench), () => startFastify(bench)], async (taskgate, fastify) => {
    const found = [
      await firstAndLast(taskgate, warmUp, first, last),
      await firstAndLast(fastify, warmUp, first, last),
    ];
    // Last, because a server with a response cache would have cached these.
    await requireSameResponses(taskgate, fastify, [...first.slice(0, VERIFIED), ...last.slice(0, VERIFIED)]);
    return found;
  });
}

async function firstAndLast(
  { name, port }: Server,
  warmUp: readonly HttpRequest[],
  first: readonly HttpRequest[],
  last: readonly HttpRequest[],
): Promise<Found> {
  const connection = await Connection.open(port);
  const took = { warmUp: [] as number[], first: [] as number[], last: [] as number[] };
  const ask = async (kind: keyof typeof took, request: HttpRequest | undefined) => {
    if (request) took[kind].push((await timed(connection, request)).took);
  };
  let deadline = performance.now() + PATIENCE_MS / 10;
  for (const request of warmUp) if (performance.now() < deadline) await ask('warmUp', request);
  deadline = performance.now() + PATIENCE_MS;
  for (const [index, request] of first.entries()) {
    if (index >= VERIFIED && performance.now() > deadline) break;
    await ask('first', request);
    await ask('last', last[index]);
  }
  connection.close();
  return { server: name, pages: took.first.length, first: median(took.first), last: median(took.last) };
}

/** The first pages, as many last ones (the very last first), and ones from between to warm up with. */
function questionsOf({ dataset }: Bench, { api, filter }: Case) {
  const size = api === 'hdp' ? 10 : 100;
  const total = totalOf(dataset, api, filter);
  const pageCount = Math.ceil(total / size);
  const ask = (page: number, changed: Filter = {}) =>
    listRequest(api, dataset, queryOf(api, { ...filter, ...changed }, page, size));
  if (filter.search !== undefined) {
    // The same pages of another term each time: the search, too, must be new.
    const terms = (from: number, page: number) =>
      TERMS.slice(from, from + TERMS.length / 3).map((search) => ask(page, { search }));
    const third = Math.floor(TERMS.length / 3);
    return {
      first: terms(0, 0).slice(0, PAGES),
      last: terms(third, pageCount - 1).slice(0, PAGES),
      warmUp: terms(2 * third, Math.floor(pageCount / 2)),
    };
  }
  const pages = Math.min(PAGES, Math.floor(pageCount / 4));
  const between = Math.max(0, pageCount - 2 * pages);
  return {
    first: Array.from({ length: pages }, (_, page) => ask(page)),
    last: Array.from({ length: pages }, (_, page) => ask(pageCount - 1 - page)),
    warmUp: Array.from({ length: Math.min(200, between) }, (_, i) =>
      ask(pages + Math.floor((i * between) / 200)),
    ),
  };
}

function queryOf(api: Api, { search, status, action }: Filter, page: number, size: number): string {
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

async function floorMs(bench: Bench): Promise<number> {
  const request = polled('hdp', bench.dataset);
  const response = await withServers([() => startTaskgate(bench)], (taskgate) =>
    requestOnce(taskgate, request),
  );
  return withServers([() => startFloor(bench, response)], async (floor) => {
    const connection = await Connection.open(floor.port);
    const took: number[] = [];
    for (let i = 0; i < 500; i += 1) took.push((await timed(connection, request)).took);
    connection.close();
    return median(took.slice(200));
  });
}
