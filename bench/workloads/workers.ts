/** `serve --workers 2` against one process, polled by three clients. */
import { availableParallelism } from 'node:os';
import { type Bench, type Server, startTaskgate, withServers } from '../contestants.ts';
import { load } from '../load.ts';
import { CLI } from '../paths.ts';
import { run } from '../processes.ts';
import type { Goal } from '../report.ts';
import { APIS, type Api, LIST_NAMES, polled } from '../requests.ts';
import { count, median, ms, times } from '../stats.ts';
import type { Workload } from './workload.ts';

const WORKERS = 2;
const POLLERS = 3;
/** With more cores than workers, the load has a separate core. */
const HAS_FREE_CORES = availableParallelism() > WORKERS;
const GOAL = HAS_FREE_CORES ? 1.5 : 0.9;
const TITLE = `workers: ${WORKERS} processes on one port against one, ${POLLERS} pollers`;

export const workers: Workload = {
  name: 'workers',
  async run(bench) {
    const { output } = await run(process.execPath, [CLI, 'serve', '--help']);
    if (!output.includes('--workers')) {
      const goal = { work: 'workers', goal: `at least ${GOAL} x one worker`, measured: '-', met: undefined };
      return { title: TITLE, tables: [], notes: ['Skipped: serve has no --workers.'], goals: [goal] };
    }
    const found: Found[] = [];
    for (const api of APIS) found.push(await measure(bench, api));
    return {
      title: TITLE,
      tables: [
        {
          head: ['list', 'workers', 'requests/s', 'p50 ms', 'p99 ms', 'of one worker'],
          rows: found.flatMap(({ list, servers: [one, more] }) =>
            [one, more].map(({ name, perSecond, p50, p99 }) => [
              list,
              name,
              count(perSecond),
              ms(p50),
              ms(p99),
              times(perSecond / one.perSecond),
            ]),
          ),
        },
      ],
      notes: [
        HAS_FREE_CORES
          ? 'More cores than workers: one is left for the load.'
          : 'No more cores than workers: load and workers share them, so the goal is to lose at most 10 %.',
      ],
      goals: found.map(goalOf),
    };
  },
};

interface Measured {
  name: string;
  perSecond: number;
  p50: number;
  p99: number;
}

interface Found {
  list: string;
  servers: [one: Measured, more: Measured];
}

function measure(bench: Bench, api: Api): Promise<Found> {
  const starts = [
    () => startTaskgate(bench, { name: '1' }),
    () => startTaskgate(bench, { name: String(WORKERS), args: ['--workers', String(WORKERS)] }),
  ];
  return withServers(starts, async (one, more) => {
    const rounds = { one: [] as Measured[], more: [] as Measured[] };
    for (const server of [one, more]) await pollTogether(bench, server, api, 1);
    for (let round = 1; round <= bench.rounds; round += 1) {
      bench.progress(`round ${round} of ${bench.rounds}: ${LIST_NAMES[api]}`);
      rounds.one.push(await pollTogether(bench, one, api, bench.seconds));
      rounds.more.push(await pollTogether(bench, more, api, bench.seconds));
    }
    return { list: LIST_NAMES[api], servers: [medianOf(rounds.one), medianOf(rounds.more)] };
  });
}

/** The requests of all pollers together, and the worst of their latencies. */
async function pollTogether(bench: Bench, server: Server, api: Api, seconds: number): Promise<Measured> {
  const target = { server, requests: [polled(api, bench.dataset)] } as const;
  const loads = await Promise.all(Array.from({ length: POLLERS }, () => load(bench, target, seconds)));
  return {
    name: server.name,
    perSecond: loads.reduce((sum, { perSecond }) => sum + perSecond, 0),
    p50: Math.max(...loads.map(({ p50 }) => p50)),
    p99: Math.max(...loads.map(({ p99 }) => p99)),
  };
}

const medianOf = (rounds: readonly Measured[]): Measured => ({
  name: rounds[0]?.name ?? '',
  perSecond: median(rounds.map(({ perSecond }) => perSecond)),
  p50: median(rounds.map(({ p50 }) => p50)),
  p99: median(rounds.map(({ p99 }) => p99)),
});

function goalOf({ list, servers: [one, more] }: Found): Goal {
  const ratio = more.perSecond / one.perSecond;
  return {
    work: `workers: ${list}`,
    goal: `at least ${GOAL} x one worker`,
    measured: times(ratio),
    met: ratio >= GOAL,
  };
}
