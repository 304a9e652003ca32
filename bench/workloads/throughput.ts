/** Comparisons of throughput, as tables and goals. */
import type { Bench } from '../contestants.ts';
import { interleave, type Loaded } from '../load.ts';
import type { Target } from '../load-types.ts';
import type { Goal, Table } from '../report.ts';
import { count, ms, times } from '../stats.ts';

/** A server, what it is asked, and the bytes of its (first) body. */
export interface Contestant extends Target {
  bytes: number;
}

export interface Comparison {
  list: string;
  servers: { name: string; bytes: number; loaded: Loaded }[];
}

export async function compare(
  bench: Bench,
  list: string,
  contestants: readonly Contestant[],
): Promise<Comparison> {
  bench.progress(list);
  const loads = await interleave(bench, contestants);
  const servers = contestants.flatMap(({ server: { name }, bytes }) => {
    const loaded = loads.get(name);
    return loaded ? [{ name, bytes, loaded }] : [];
  });
  return { list, servers };
}

/** @param others the servers that each is compared with */
export function throughputTable(
  comparisons: readonly Comparison[],
  others: readonly string[] = ['floor', 'fastify'],
): Table {
  return {
    head: [
      'list',
      'server',
      'bytes',
      'requests/s',
      'lowest to highest',
      'p50 ms',
      'p99 ms',
      ...others.map((other) => `of ${other}`),
    ],
    rows: comparisons.flatMap((comparison) =>
      comparison.servers.map(({ name, bytes, loaded }) => [
        comparison.list,
        name,
        count(bytes),
        count(loaded.perSecond),
        `${count(loaded.lowest)} to ${count(loaded.highest)}`,
        ms(loaded.p50),
        ms(loaded.p99),
        ...others.map((other) => times(ratio(comparison, name, other))),
      ]),
    ),
  };
}

/** The goal that taskgate responses at least `factor` times the requests of another server. */
export function throughputGoal(work: string, comparison: Comparison, other: string, factor: number): Goal {
  const measured = ratio(comparison, 'taskgate', other);
  return {
    work: `${work}: ${comparison.list}`,
    goal: `at least ${factor} x ${other}`,
    measured: times(measured),
    met: Number.isNaN(measured) ? undefined : measured >= factor,
  };
}

/** The requests of one server for each of another's; NaN when one of them did not take part. */
export function ratio({ servers }: Comparison, one: string, other: string): number {
  const rate = (wanted: string) =>
    servers.find(({ name }) => name === wanted)?.loaded.perSecond ?? Number.NaN;
  return rate(one) / rate(other);
}
