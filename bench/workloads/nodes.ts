/** Compares two nodes (servers on one database) with one. The clients poll lists, and request different pages. */
import { availableParallelism } from 'node:os';
import { load } from '../load.ts';
import type { LoadResult } from '../load-types.ts';
import type { Goal, Section } from '../report.ts';
import { APIS, type Api, LIST_NAMES, listRequest, pageQuery, polledListRequest } from '../requests.ts';
import { type Server, withServers } from '../server-process.ts';
import { type Bench, startTaskgate } from '../start-servers.ts';
import { formatCount, formatMs, formatRatio, median } from '../stats.ts';
import type { Requests } from './status-changes.ts';
import type { Workload } from './workload.ts';

const MIN_RATIO = 1.6;
/** A core for each node, for its clients, and for the database. */
const NEEDED_CORES = 5;
const HAS_CORES = availableParallelism() >= NEEDED_CORES;
const PAGE_COUNT = 100;

export const nodes: Workload = {
  name: 'nodes',
  // Nodes on different machines cannot share a file of SQLite.
  database: 'postgres',
  run: (bench) =>
    withServers([() => startTaskgate(bench), () => startTaskgate(bench)], (one, other) =>
      measureAll(bench, [one, other]),
    ),
};

interface Result {
  work: string;
  one: LoadResult;
  two: LoadResult;
}

async function measureAll(bench: Bench, servers: readonly [Server, Server]): Promise<Section> {
  const results: Result[] = [];
  for (const api of APIS) {
    const polled: Requests = [polledListRequest(api, bench.dataset)];
    results.push(await measure(bench, servers, `poll: ${LIST_NAMES[api]}`, polled));
    results.push(await measure(bench, servers, `pages: ${LIST_NAMES[api]}`, pagesOf(bench, api)));
  }
  return {
    title: 'nodes: two servers on one database compared with one, each with its own clients',
    tables: [
      {
        head: ['reads', 'nodes', 'requests/s', 'p50 ms', 'p99 ms', 'of one node'],
        rows: results.flatMap(({ work, one, two }) =>
          [one, two].map(({ perSecond, p50, p99 }, index) => [
            work,
            String(index + 1),
            formatCount(perSecond),
            formatMs(p50),
            formatMs(p99),
            formatRatio(perSecond / one.perSecond),
          ]),
        ),
      },
    ],
    notes: [
      HAS_CORES
        ? 'Each node, its clients and the database have a core.'
        : `Nodes, clients and database share ${availableParallelism()} cores. One node with its clients already uses more than one of them, so the cores limit two nodes, and there is no verdict. It needs ${NEEDED_CORES} cores.`,
    ],
    goals: results.map(goalOf),
  };
}

function pagesOf({ dataset }: Bench, api: Api): Requests {
  const page = (index: number) => listRequest(api, dataset, pageQuery(api, index));
  return [page(0), ...Array.from({ length: PAGE_COUNT - 1 }, (_, index) => page(index + 1))];
}

async function measure(
  bench: Bench,
  [one, other]: readonly [Server, Server],
  work: string,
  requests: Requests,
): Promise<Result> {
  const rounds = { one: [] as LoadResult[], two: [] as LoadResult[] };
  for (const server of [one, other]) await load(bench, { server, requests }, 1);
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.log(`round ${round} of ${bench.rounds}: ${work}`);
    rounds.one.push(await load(bench, { server: one, requests }, bench.seconds));
    const both = [one, other].map((server) => load(bench, { server, requests }, bench.seconds));
    rounds.two.push(sumOf(await Promise.all(both)));
  }
  return { work, one: medianOf(rounds.one), two: medianOf(rounds.two) };
}

/** Returns the total throughput and the highest latencies of concurrent loads. */
const sumOf = (loads: readonly LoadResult[]): LoadResult => ({
  perSecond: loads.reduce((sum, { perSecond }) => sum + perSecond, 0),
  p50: Math.max(...loads.map(({ p50 }) => p50)),
  p99: Math.max(...loads.map(({ p99 }) => p99)),
  errors: 0,
});

const medianOf = (loads: readonly LoadResult[]): LoadResult => ({
  perSecond: median(loads.map(({ perSecond }) => perSecond)),
  p50: median(loads.map(({ p50 }) => p50)),
  p99: median(loads.map(({ p99 }) => p99)),
  errors: 0,
});

function goalOf({ work, one, two }: Result): Goal {
  const ratio = two.perSecond / one.perSecond;
  return {
    work: `nodes, ${work}`,
    goal: `at least ${MIN_RATIO} x one node`,
    measured: formatRatio(ratio),
    met: HAS_CORES || ratio >= MIN_RATIO ? ratio >= MIN_RATIO : undefined,
  };
}
