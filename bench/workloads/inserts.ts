/** Inserts through the store against the same table without derived data. */
import { insertSameRows, insertThroughStore, type StoreUnderTest } from '../commits.ts';
import type { Bench } from '../contestants.ts';
import type { Goal, Section } from '../report.ts';
import { APIS, type Api } from '../requests.ts';
import { count, median, times } from '../stats.ts';
import { withBareCopy, withStoreCopy } from '../writable.ts';
import type { Workload } from './workload.ts';

const PER_COMMIT = 50;
const GOAL = 0.5;

export const inserts: Workload = {
  name: 'inserts',
  run: (bench) =>
    withStoreCopy(bench, (copy) => withBareCopy(bench, (bare) => measureApis(bench, copy, bare))),
};

async function measureApis(bench: Bench, copy: StoreUnderTest, bare: string): Promise<Section> {
  const table: string[][] = [];
  const goals: Goal[] = [];
  for (const api of APIS) {
    const speeds = await measure(bench, copy, bare, api);
    const ratio = speeds.store / speeds.bare;
    table.push([api, count(speeds.store), count(speeds.bare), times(ratio)]);
    goals.push({
      work: `inserts: ${api}`,
      goal: `at least ${GOAL} x the table without derived data`,
      measured: times(ratio),
      met: ratio >= GOAL,
    });
  }
  return {
    title: `inserts: rows a second, ${PER_COMMIT} per commit`,
    tables: [{ head: ['tasks', 'through the store', 'table alone', 'ratio'], rows: table }],
    notes: [
      'Table alone: the schema, indexes and rows of the product, without triggers and derived data; the same rows, synchronous = FULL. Both run in the process of the bench.',
    ],
    goals,
  };
}

async function measure(
  bench: Bench,
  copy: StoreUnderTest,
  bare: string,
  api: Api,
): Promise<{ store: number; bare: number }> {
  const speeds = { store: [] as number[], bare: [] as number[] };
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.progress(`round ${round} of ${bench.rounds}: inserts of ${api}`);
    const [store, alone] = await insertSameRows(copy.database, bare, api, PER_COMMIT, () =>
      insertThroughStore(copy, api, PER_COMMIT, bench.seconds),
    );
    speeds.store.push(store.perSecond);
    speeds.bare.push(alone.perSecond);
  }
  return { store: median(speeds.store), bare: median(speeds.bare) };
}
