/** A list polled at half of what its server can do, alone and while something else goes on. */
import {
  type Api,
  askOnce,
  type Bench,
  LIST_NAMES,
  polled,
  type Server,
  startFloor,
  withServers,
} from '../contestants.ts';
import { type Loaded, paced, summarize } from '../load.ts';
import type { Goal, Table } from '../report.ts';
import { count, ms, times } from '../stats.ts';

export interface Disturbed {
  list: string;
  server: string;
  /** Requests a second. */
  rate: number;
  alone: Loaded;
  disturbed: Loaded;
}

/** Does what disturbs the polls until `over` resolves. */
export type Disturb = (over: Promise<unknown>) => Promise<void>;

/** Measures taskgate, and then the floor at the same pace: what the disturbance costs whoever shares the machine. */
export async function measureDisturbed(
  bench: Bench,
  taskgate: Server,
  api: Api,
  disturb: Disturb,
): Promise<Disturbed[]> {
  const target = { server: taskgate, questions: [polled(api, bench.dataset)] } as const;
  await paced(target, 1, 0);
  const { perSecond } = await paced(target, bench.seconds, 0);
  const rate = Math.floor(perSecond / 2);
  const answer = await askOnce(taskgate, polled(api, bench.dataset));
  return [
    await measureAt(bench, taskgate, api, rate, disturb),
    await withServers([() => startFloor(bench, answer)], (floor) =>
      measureAt(bench, floor, api, rate, disturb),
    ),
  ];
}

async function measureAt(
  bench: Bench,
  server: Server,
  api: Api,
  rate: number,
  disturb: Disturb,
): Promise<Disturbed> {
  const list = LIST_NAMES[api];
  const target = { server, questions: [polled(api, bench.dataset)] } as const;
  await paced(target, 1, rate);
  const alone = [];
  const disturbed = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.say(`round ${round} of ${bench.rounds}: ${server.name}, ${list}, ${count(rate)} requests/s`);
    alone.push(await paced(target, bench.seconds, rate));
    const polling = paced(target, bench.seconds, rate);
    const [load] = await Promise.all([polling, disturb(polling.catch(() => {}))]);
    disturbed.push(load);
  }
  return { list, server: server.name, rate, alone: summarize(alone), disturbed: summarize(disturbed) };
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
