/** Compares the throughput of servers and creates tables and goals. */

import { interleave, type LoadSummary } from '../load.ts';
import type { Target } from '../load-types.ts';
import type { Goal, Table } from '../report.ts';
import type { Bench } from '../start-servers.ts';
import { formatCount, formatMs, formatRatio } from '../stats.ts';

/** A server, its requests, and the size of its (first) response body in bytes. */
export interface ComparedServer extends Target {
  bytes: number;
}

export interface Comparison {
  list: string;
  servers: { name: string; bytes: number; load: LoadSummary }[];
}

/** Loads the servers alternately. @param list the name of the list in tables */
export async function compare(
  bench: Bench,
  list: string,
  targets: readonly ComparedServer[],
): Promise<Comparison> {
  bench.log(list);
  const loads = await interleave(bench, targets);
  const servers = targets.flatMap(({ server: { name }, bytes }) => {
    const load = loads.get(name);
    return load ? [{ name, bytes, load }] : [];
  });
  return { list, servers };
}

/** Creates the table of comparisons. @param others the servers with which each server is compared */
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
      comparison.servers.map(({ name, bytes, load }) => [
        comparison.list,
        name,
        formatCount(bytes),
        formatCount(load.perSecond),
        `${formatCount(load.lowest)} to ${formatCount(load.highest)}`,
        formatMs(load.p50),
        formatMs(load.p99),
        ...others.map((other) => formatRatio(ratio(comparison, name, other))),
      ]),
    ),
  };
}

/** Creates the goal that taskgate serves at least `factor` times as many requests as another server. */
export function throughputGoal(work: string, comparison: Comparison, other: string, factor: number): Goal {
  const measured = ratio(comparison, 'taskgate', other);
  return {
    work: `${work}: ${comparison.list}`,
    goal: `at least ${factor} x ${other}`,
    measured: formatRatio(measured),
    met: Number.isNaN(measured) ? undefined : measured >= factor,
  };
}

/** Returns the throughput ratio of two servers, or NaN if one of them was not measured. */
export function ratio({ servers }: Comparison, one: string, other: string): number {
  const throughputOf = (wanted: string) =>
    servers.find(({ name }) => name === wanted)?.load.perSecond ?? Number.NaN;
  return throughputOf(one) / throughputOf(other);
}
