/** Compares inserts through the store with inserts into the same table without derived data. */

import { withBareCopy, withStoreCopy } from '../database-copies.ts';
import { insertSameRows, insertThroughStore, type StoreUnderTest } from '../insert-throughput.ts';
import type { Goal, Section } from '../report.ts';
import { APIS, type Api } from '../requests.ts';
import type { Bench } from '../start-servers.ts';
import { formatCount, formatRatio, median } from '../stats.ts';
import type { Workload } from './workload.ts';

const ROWS_PER_COMMIT = 50;
const MIN_RATIO = 0.5;

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
    table.push([api, formatCount(speeds.store), formatCount(speeds.bare), formatRatio(ratio)]);
    goals.push({
      work: `inserts: ${api}`,
      goal: `at least ${MIN_RATIO} x the table without derived data`,
      measured: formatRatio(ratio),
      met: ratio >= MIN_RATIO,
    });
  }
  return {
    title: `inserts: rows per second, ${ROWS_PER_COMMIT} per commit`,
    tables: [{ head: ['tasks', 'through the store', 'bare table', 'ratio'], rows: table }],
    notes: [
      'Bare table: schema, indexes and rows of the product, without triggers and derived data. Both get the same rows, one durable transaction after another, in the process of the bench.',
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
    bench.log(`round ${round} of ${bench.rounds}: inserts of ${api}`);
    const [store, bareTable] = await insertSameRows(
      copy.database,
      bare,
      api,
      { rowsPerCommit: ROWS_PER_COMMIT },
      () => insertThroughStore(copy, api, ROWS_PER_COMMIT, bench.seconds),
    );
    speeds.store.push(store.perSecond);
    speeds.bare.push(bareTable.perSecond);
  }
  return { store: median(speeds.store), bare: median(speeds.bare) };
}
