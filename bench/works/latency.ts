/** A list polled at half of what its server can do, alone and while something else goes on. */
import { type Api, type Bench, LIST_NAMES, polled, type Server } from '../contestants.ts';
import { type Loaded, paced, summarize } from '../load.ts';
import type { Goal, Table } from '../report.ts';
import { count, ms, times } from '../stats.ts';

export interface Disturbed {
  list: string;
  /** Requests a second. */
  rate: number;
  alone: Loaded;
  disturbed: Loaded;
}

/**
 * @param disturb does what disturbs the polls until `over` resolves
 */
export async function measureDisturbed(
  bench: Bench,
  server: Server,
  api: Api,
  disturb: (over: Promise<unknown>) => Promise<void>,
): Promise<Disturbed> {
  const list = LIST_NAMES[api];
  const target = { server, questions: [polled(api, bench.dataset)] } as const;
  await paced(target, 1, 0);
  const { perSecond } = await paced(target, bench.seconds, 0);
  const rate = Math.floor(perSecond / 2);
  const alone = [];
  const disturbed = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.say(`round ${round} of ${bench.rounds}: ${list}, ${count(rate)} requests/s`);
    alone.push(await paced(target, bench.seconds, rate));
    const polling = paced(target, bench.seconds, rate);
    const [load] = await Promise.all([polling, disturb(polling.catch(() => {}))]);
    disturbed.push(load);
  }
  return { list, rate, alone: summarize(alone), disturbed: summarize(disturbed) };
}

export const latencyTable = (found: readonly Disturbed[], disturbance: string): Table => ({
  head: [
    'list',
    'polls/s',
    'p50 alone, ms',
    `p50 ${disturbance}`,
    'p99 alone, ms',
    `p99 ${disturbance}`,
    'p99 ratio',
  ],
  rows: found.map(({ list, rate, alone, disturbed }) => [
    list,
    count(rate),
    ms(alone.p50),
    ms(disturbed.p50),
    ms(alone.p99),
    ms(disturbed.p99),
    times(disturbed.p99 / alone.p99),
  ]),
});

export function latencyGoal(work: string, { list, alone, disturbed }: Disturbed, factor: number): Goal {
  const ratio = disturbed.p99 / alone.p99;
  return {
    work: `${work}: ${list}`,
    goal: `p99 at most ${factor} x what it is alone`,
    measured: times(ratio),
    met: ratio <= factor,
  };
}
