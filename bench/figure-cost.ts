/** Measures what the counters of the figures cost an insert of HDP tasks. */
import { withStoreCopy } from './database-copies.ts';
import { insertThroughStore, type StoreUnderTest } from './insert-throughput.ts';
import { finishBackgroundWork } from './product-store.ts';
import type { Bench } from './start-servers.ts';
import { median } from './stats.ts';

const COMMIT_SIZES = [1, 50];

/** Inserted rows per second with the counters and without them. */
export interface FigureCost {
  rowsPerCommit: number;
  counted: number;
  uncounted: number;
}

/** Inserts alternately into two copies of the database, of which one writes no counters. */
export const measureFigureCosts = (bench: Bench): Promise<FigureCost[]> =>
  withStoreCopy(bench, (counted) =>
    withStoreCopy(
      bench,
      async (uncounted) => {
        const costs: FigureCost[] = [];
        for (const rowsPerCommit of COMMIT_SIZES)
          costs.push(await measure(bench, rowsPerCommit, { counted, uncounted }));
        return costs;
      },
      { countsFigures: false },
    ),
  );

async function measure(
  bench: Bench,
  rowsPerCommit: number,
  copies: Record<'counted' | 'uncounted', StoreUnderTest>,
): Promise<FigureCost> {
  const speeds = { counted: [] as number[], uncounted: [] as number[] };
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.log(
      `round ${round} of ${bench.rounds}: inserts with and without figures, ${rowsPerCommit} per commit`,
    );
    for (const kind of ['counted', 'uncounted'] as const) {
      const { perSecond } = await insertThroughStore(copies[kind], 'hdp', rowsPerCommit, bench.seconds);
      speeds[kind].push(perSecond);
      await finishBackgroundWork(copies[kind].store);
    }
  }
  return { rowsPerCommit, counted: median(speeds.counted), uncounted: median(speeds.uncounted) };
}
