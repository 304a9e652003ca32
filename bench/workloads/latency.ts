/** A list polled at half of what its server can do, alone and during other work. */
import { type Bench, requestOnce, type Server, startFloor, withServers } from '../contestants.ts';
import { type Loaded, paced, summarize } from '../load.ts';
import type { Load } from '../load-types.ts';
import type { Goal, Table } from '../report.ts';
import { type Api, LIST_NAMES, polled } from '../requests.ts';
import { count, ms, times } from '../stats.ts';

export interface Disturbed {
  list: string;
  server: string;
  /** Requests a second. */
  rate: number;
  alone: Loaded;
  disturbed: Loaded;
}

/** Prepares what disturbs the polls. @returns a function that disturbs them until `over` resolves */
export type Disturb = () => Promise<(over: Promise<unknown>) => Promise<void>>;

/** Measures taskgate and, at the same pace, the floor: what the disturbance costs any server on this machine. */
export async function measureDisturbed(
  bench: Bench,
  taskgate: Server,
  api: Api,
  disturb: Disturb,
): Promise<Disturbed[]> {
  const target = { server: taskgate, requests: [polled(api, bench.dataset)] } as const;
  await paced(target, 1, 0);
  const { perSecond } = await paced(target, bench.seconds, 0);
  const rate = Math.floor(perSecond / 2);
  const response = await requestOnce(taskgate, polled(api, bench.dataset));
  return withServers([() => startFloor(bench, response)], (floor) =>
    measureAt(bench, [taskgate, floor], api, rate, disturb),
  );
}

/** Measures the servers in turn, each alone and disturbed. */
async function measureAt(
  bench: Bench,
  servers: readonly Server[],
  api: Api,
  rate: number,
  disturb: Disturb,
): Promise<Disturbed[]> {
  const list = LIST_NAMES[api];
  const request = polled(api, bench.dataset);
  const loads = servers.map((server) => ({ server, alone: [] as Load[], disturbed: [] as Load[] }));
  for (const server of servers) await paced({ server, requests: [request] }, 1, rate);
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const { server, alone, disturbed } of loads) {
      bench.progress(`round ${round} of ${bench.rounds}: ${server.name}, ${list}, ${count(rate)} requests/s`);
      const target = { server, requests: [request] } as const;
      alone.push(await paced(target, bench.seconds, rate));
      const start = await disturb();
      const polling = paced(target, bench.seconds, rate);
      const [load] = await Promise.all([polling, start(polling.catch(() => {}))]);
      disturbed.push(load);
    }
  }
  return loads.map(({ server, alone, disturbed }) => ({
    list,
    server: server.name,
    rate,
    alone: summarize(alone),
    disturbed: summarize(disturbed),
  }));
}

export const latencyTable = (found: readonly Disturbed[], disturbance: string): Table => ({
  head: [
    'list',
    'server',
    'polls/s',
    'p50 alone, ms',
    `p50 ${disturbance}`,
    'p99 alone, ms',
    `p99 ${disturbance}`,
    'p99 ratio',
  ],
  rows: found.map(({ list, server, rate, alone, disturbed }) => [
    list,
    server,
    count(rate),
    ms(alone.p50),
    ms(disturbed.p50),
    ms(alone.p99),
    ms(disturbed.p99),
    times(disturbed.p99 / alone.p99),
  ]),
});

export function latencyGoals(work: string, found: readonly Disturbed[], factor: number): Goal[] {
  return found
    .filter(({ server }) => server === 'taskgate')
    .map(({ list, alone, disturbed }) => {
      const ratio = disturbed.p99 / alone.p99;
      return {
        work: `${work}: ${list}`,
        goal: `p99 at most ${factor} x what it is alone`,
        measured: times(ratio),
        met: ratio <= factor,
      };
    });
}

/** The goals that taskgate, disturbed, has at most `factor` times the p99 of the floor, disturbed in the same way. */
export function floorGoals(workload: string, found: readonly Disturbed[], factor: number): Goal[] {
  const floors = found.filter(({ server }) => server === 'floor');
  return found
    .filter(({ server }) => server === 'taskgate')
    .map(({ list, disturbed }) => {
      const floor = floors.find((other) => other.list === list)?.disturbed.p99 ?? Number.NaN;
      const ratio = disturbed.p99 / floor;
      return {
        work: `${workload}: ${list}`,
        goal: `p99 at most ${factor} x the floor's p99 under the same writer`,
        measured: times(ratio),
        met: Number.isNaN(ratio) ? undefined : ratio <= factor,
      };
    });
}
