/** Compares `serve --workers 2` with one process. Three clients poll each. */
import { availableParallelism } from 'node:os';
import { load } from '../load.ts';
import { CLI_PATH } from '../paths.ts';
import { run } from '../processes.ts';
import type { Goal } from '../report.ts';
import { APIS, type Api, LIST_NAMES, polledListRequest } from '../requests.ts';
import { type Server, withServers } from '../server-process.ts';
import { type Bench, startTaskgate } from '../start-servers.ts';
import { formatCount, formatMs, formatRatio, median } from '../stats.ts';
import type { Workload } from './workload.ts';

const WORKERS = 2;
const POLLERS = 3;
/** With more cores than workers, the load runs on a separate core. */
const HAS_FREE_CORES = availableParallelism() > WORKERS;
const MIN_RATIO = HAS_FREE_CORES ? 1.5 : 0.9;
const TITLE = `workers: ${WORKERS} worker processes compared with one, ${POLLERS} polling clients`;

export const workers: Workload = {
  name: 'workers',
  async run(bench) {
    const { output } = await run(process.execPath, [CLI_PATH, 'serve', '--help']);
    if (!output.includes('--workers')) {
      const goal = {
        work: 'workers',
        goal: `at least ${MIN_RATIO} x one worker`,
        measured: '-',
        met: undefined,
      };
      return {
        title: TITLE,
        tables: [],
        notes: ['Skipped: this version of taskgate has no option --workers.'],
        goals: [goal],
      };
    }
    const results: Result[] = [];
    for (const api of APIS) results.push(await measure(bench, api));
    return {
      title: TITLE,
      tables: [
        {
          head: ['list', 'workers', 'requests/s', 'p50 ms', 'p99 ms', 'of one worker'],
          rows: results.flatMap(({ list, servers: [one, more] }) =>
            [one, more].map(({ name, perSecond, p50, p99 }) => [
              list,
              name,
              formatCount(perSecond),
              formatMs(p50),
              formatMs(p99),
              formatRatio(perSecond / one.perSecond),
            ]),
          ),
        },
      ],
      notes: [
        HAS_FREE_CORES
          ? 'There are more cores than workers, so the load has a separate core.'
          : 'Load and workers share the cores, so the goal is a loss of at most 10 %.',
      ],
      goals: results.map(goalOf),
    };
  },
};

interface ServerResult {
  name: string;
  perSecond: number;
  p50: number;
  p99: number;
}

interface Result {
  list: string;
  servers: [one: ServerResult, more: ServerResult];
}

function measure(bench: Bench, api: Api): Promise<Result> {
  const starts = [
    () => startTaskgate(bench, { name: '1' }),
    () => startTaskgate(bench, { name: String(WORKERS), args: ['--workers', String(WORKERS)] }),
  ];
  return withServers(starts, async (one, more) => {
    const rounds = { one: [] as ServerResult[], more: [] as ServerResult[] };
    for (const server of [one, more]) await pollConcurrently(bench, server, api, 1);
    for (let round = 1; round <= bench.rounds; round += 1) {
      bench.log(`round ${round} of ${bench.rounds}: ${LIST_NAMES[api]}`);
      rounds.one.push(await pollConcurrently(bench, one, api, bench.seconds));
      rounds.more.push(await pollConcurrently(bench, more, api, bench.seconds));
    }
    return { list: LIST_NAMES[api], servers: [medianOf(rounds.one), medianOf(rounds.more)] };
  });
}

/** Polls with all clients concurrently. @returns the total throughput and the highest latencies */
async function pollConcurrently(
  bench: Bench,
  server: Server,
  api: Api,
  seconds: number,
): Promise<ServerResult> {
  const target = { server, requests: [polledListRequest(api, bench.dataset)] } as const;
  const loads = await Promise.all(Array.from({ length: POLLERS }, () => load(bench, target, seconds)));
  return {
    name: server.name,
    perSecond: loads.reduce((sum, { perSecond }) => sum + perSecond, 0),
    p50: Math.max(...loads.map(({ p50 }) => p50)),
    p99: Math.max(...loads.map(({ p99 }) => p99)),
  };
}

const medianOf = (rounds: readonly ServerResult[]): ServerResult => ({
  name: rounds[0]?.name ?? '',
  perSecond: median(rounds.map(({ perSecond }) => perSecond)),
  p50: median(rounds.map(({ p50 }) => p50)),
  p99: median(rounds.map(({ p99 }) => p99)),
});

function goalOf({ list, servers: [one, more] }: Result): Goal {
  const ratio = more.perSecond / one.perSecond;
  return {
    work: `workers: ${list}`,
    goal: `at least ${MIN_RATIO} x one worker`,
    measured: formatRatio(ratio),
    met: ratio >= MIN_RATIO,
  };
}
