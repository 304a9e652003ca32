/** Polls a list at half of the maximum rate of the server, with and without a disturbance. */

import { type LoadSummary, pollAtRate, summarize } from '../load.ts';
import type { LoadResult } from '../load-types.ts';
import type { Goal, Table } from '../report.ts';
import { type Api, LIST_NAMES, polledListRequest } from '../requests.ts';
import { type Server, sendOnce, withServers } from '../server-process.ts';
import { type Bench, startFloor } from '../start-servers.ts';
import { formatCount, formatMs, formatRatio } from '../stats.ts';

export interface DisturbedLatency {
  list: string;
  server: string;
  /** Requests per second. */
  rate: number;
  alone: LoadSummary;
  disturbed: LoadSummary;
}

/** Prepares a disturbance. @returns a function that runs it until `finished` resolves */
export type Disturbance = () => Promise<(finished: Promise<unknown>) => Promise<void>>;

/**
 * Measures taskgate and, at the same rate, the floor. The floor shows the effect of the disturbance on any server of this
 * machine.
 */
export async function measureDisturbed(
  bench: Bench,
  taskgate: Server,
  api: Api,
  disturb: Disturbance,
): Promise<DisturbedLatency[]> {
  const target = { server: taskgate, requests: [polledListRequest(api, bench.dataset)] } as const;
  await pollAtRate(target, 1, 0);
  const { perSecond } = await pollAtRate(target, bench.seconds, 0);
  const rate = Math.floor(perSecond / 2);
  const response = await sendOnce(taskgate, polledListRequest(api, bench.dataset));
  return withServers([() => startFloor(bench, response)], (floor) =>
    measureAt(bench, [taskgate, floor], api, rate, disturb),
  );
}

/** Measures the servers alternately, each with and without the disturbance. */
async function measureAt(
  bench: Bench,
  servers: readonly Server[],
  api: Api,
  rate: number,
  disturb: Disturbance,
): Promise<DisturbedLatency[]> {
  const list = LIST_NAMES[api];
  const request = polledListRequest(api, bench.dataset);
  const loads = servers.map((server) => ({
    server,
    alone: [] as LoadResult[],
    disturbed: [] as LoadResult[],
  }));
  for (const server of servers) await pollAtRate({ server, requests: [request] }, 1, rate);
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const { server, alone, disturbed } of loads) {
      bench.log(
        `round ${round} of ${bench.rounds}: ${server.name}, ${list}, ${formatCount(rate)} requests/s`,
      );
      const target = { server, requests: [request] } as const;
      alone.push(await pollAtRate(target, bench.seconds, rate));
      const start = await disturb();
      const polling = pollAtRate(target, bench.seconds, rate);
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

/** Creates the table of latencies. @param disturbance its name in the column heads */
export const latencyTable = (results: readonly DisturbedLatency[], disturbance: string): Table => ({
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
  rows: results.map(({ list, server, rate, alone, disturbed }) => [
    list,
    server,
    formatCount(rate),
    formatMs(alone.p50),
    formatMs(disturbed.p50),
    formatMs(alone.p99),
    formatMs(disturbed.p99),
    formatRatio(disturbed.p99 / alone.p99),
  ]),
});

/** Creates the goals that the disturbed p99 of taskgate is at most `factor` times its p99 alone. */
export function latencyGoals(work: string, results: readonly DisturbedLatency[], factor: number): Goal[] {
  return results
    .filter(({ server }) => server === 'taskgate')
    .map(({ list, alone, disturbed }) => {
      const ratio = disturbed.p99 / alone.p99;
      return {
        work: `${work}: ${list}`,
        goal: `p99 at most ${factor} x the p99 alone`,
        measured: formatRatio(ratio),
        met: ratio <= factor,
      };
    });
}

/** Creates the goals that the p99 of taskgate is at most `factor` times the p99 of the floor, both disturbed. */
export function floorGoals(workload: string, results: readonly DisturbedLatency[], factor: number): Goal[] {
  const floors = results.filter(({ server }) => server === 'floor');
  return results
    .filter(({ server }) => server === 'taskgate')
    .map(({ list, disturbed }) => {
      const floor = floors.find((other) => other.list === list)?.disturbed.p99 ?? Number.NaN;
      const ratio = disturbed.p99 / floor;
      return {
        work: `${workload}: ${list}`,
        goal: `p99 at most ${factor} x the floor's p99 under the same writer`,
        measured: formatRatio(ratio),
        met: Number.isNaN(ratio) ? undefined : ratio <= factor,
      };
    });
}
