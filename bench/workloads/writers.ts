/** Compares concurrent inserts through the store, all into one chain, with the same inserts without derived data. */
import { withBareCopy, withStoreCopy } from '../database-copies.ts';
import { type InsertThroughput, insertSameRows, type StoreUnderTest } from '../insert-throughput.ts';
import { finishBackgroundWork } from '../product-store.ts';
import { createServices } from '../product-writes.ts';
import type { Section } from '../report.ts';
import type { Bench } from '../start-servers.ts';
import { formatCount, formatMs, formatRatio, median, percentile } from '../stats.ts';
import type { Workload } from './workload.ts';

const WRITER_COUNTS = [1, 8, 32];
/** The action of the tasks. No runner executes them here. */
const ACTION = 'export';

export const writers: Workload = {
  name: 'writers',
  // SQLite has one writer.
  database: 'postgres',
  run: (bench) =>
    withStoreCopy(bench, (copy) => withBareCopy(bench, (bare) => measureAll(bench, copy, bare))),
};

async function measureAll(bench: Bench, copy: StoreUnderTest, bare: string): Promise<Section> {
  const rows: string[][] = [];
  let one: Result | undefined;
  for (const count of WRITER_COUNTS) {
    const result = await measure(bench, copy, bare, count);
    one ??= result;
    rows.push([
      String(count),
      ...[result.store, result.bare].flatMap(({ perSecond, p50 }) => [formatCount(perSecond), formatMs(p50)]),
      formatRatio(result.store.perSecond / result.bare.perSecond),
      formatRatio(result.store.perSecond / one.store.perSecond),
      formatRatio(result.bare.perSecond / one.bare.perSecond),
    ]);
  }
  return {
    title: 'writers: concurrent inserts of Services tasks into one chain',
    tables: [
      {
        head: [
          'writers',
          'through the store, per second',
          'p50 ms',
          'bare inserts, per second',
          'p50 ms',
          'ratio',
          'store, of one writer',
          'bare, of one writer',
        ],
        rows,
      },
    ],
    notes: [
      'Each insert is a durable transaction, in the process of the bench. A store has at most 10 connections; bare inserts have one per writer.',
      'Bare inserts: the same rows into the same table with its indexes, without derived data, one statement each.',
    ],
    goals: [],
  };
}

interface Result {
  store: InsertThroughput;
  bare: InsertThroughput;
}

async function measure(bench: Bench, copy: StoreUnderTest, bare: string, count: number): Promise<Result> {
  const results: Result[] = [];
  const commits = { rowsPerCommit: 1, connections: count };
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.log(`round ${round} of ${bench.rounds}: ${count} writers`);
    const [store, bareInserts] = await insertSameRows(copy.database, bare, 'services', commits, () =>
      insertConcurrently(copy, count, bench.seconds),
    );
    results.push({ store, bare: bareInserts });
    await finishBackgroundWork(copy.store);
  }
  const medianOf = (kind: keyof Result): InsertThroughput => ({
    perSecond: median(results.map((result) => result[kind].perSecond)),
    p50: median(results.map((result) => result[kind].p50)),
  });
  return { store: medianOf('store'), bare: medianOf('bare') };
}

async function insertConcurrently(
  { store, tasks }: StoreUnderTest,
  count: number,
  seconds: number,
): Promise<InsertThroughput> {
  const durations: number[] = [];
  const begin = performance.now();
  const end = begin + seconds * 1000;
  const write = async () => {
    while (performance.now() < end) {
      const task = tasks.nextReadyServices(ACTION);
      const start = performance.now();
      await createServices(store, task);
      durations.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: count }, write));
  const elapsed = performance.now() - begin;
  return { perSecond: (durations.length * 1000) / elapsed, p50: percentile(durations, 0.5) };
}
