/** Compares status changes over HTTP with the same changes through the store. */

import { withStoreCopy } from '../database-copies.ts';
import { load } from '../load.ts';
import type { LoadResult } from '../load-types.ts';
import type { Goal } from '../report.ts';
import { runWriteLoad } from '../run-write-load.ts';
import { withServers } from '../server-process.ts';
import { type Bench, startTaskgate } from '../start-servers.ts';
import { formatCount, formatMs, formatRatio, median } from '../stats.ts';
import {
  prepareHdpChanges,
  prepareServicesChanges,
  type Requests,
  type StatusChanges,
} from './status-changes.ts';
import type { Workload } from './workload.ts';

const CLIENTS = 16;
const MIN_RATIO = 0.35;
/** The number of concurrent callers of the store. */
const STORE_CALLERS = 50;

export const transitions: Workload = {
  name: 'transitions',
  run: (bench) =>
    withStoreCopy(bench, async (copy) => {
      const start = () => startTaskgate(bench, { database: copy.database, hasNoOpAction: true });
      return withServers([start], async (taskgate) => {
        const post: Post = (requests, isRepeatable, seconds) =>
          isRepeatable
            ? load(bench, { server: taskgate, requests, connections: CLIENTS }, seconds)
            : runWriteLoad(bench, taskgate, requests, CLIENTS, seconds);
        const results = [
          await measure(bench, 'HDP transitions', prepareHdpChanges(bench, copy), post),
          await measure(bench, 'Services execute', await prepareServicesChanges(bench, copy), post),
        ];
        return {
          title: 'transitions: status changes',
          tables: [
            {
              head: ['change', 'through the store', `${CLIENTS} clients`, 'p50 ms', 'p99 ms', 'of the store'],
              rows: results.map(({ name, store, http, p50, p99 }) => [
                name,
                formatCount(store),
                formatCount(http),
                formatMs(p50),
                formatMs(p99),
                formatRatio(http / store),
              ]),
            },
          ],
          notes: [
            `Transitions and runs per second. Through the store: ${STORE_CALLERS} concurrent callers in the process of the bench, on the same database.`,
            'A run changes a task twice: to INPROGRESS and to DONE. Over HTTP, an action process runs the no-op action.',
          ],
          goals: results.map(goalOf),
        };
      });
    }),
};

type Speed = Omit<LoadResult, 'errors'>;
type Post = (requests: Requests, isRepeatable: boolean, seconds: number) => Promise<Speed>;

interface Result {
  name: string;
  /** Changes per second through the store and over HTTP. */
  store: number;
  http: number;
  p50: number;
  p99: number;
}

async function measure(bench: Bench, name: string, changes: StatusChanges, post: Post): Promise<Result> {
  const store: number[] = [];
  const loads: Speed[] = [];
  const warmUp = await changes.prepare();
  await changeThroughStore(warmUp.store, 1);
  await post(warmUp.requests, changes.isRepeatable, 1);
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.log(`round ${round} of ${bench.rounds}: ${name}`);
    const prepared = await changes.prepare();
    store.push(await changeThroughStore(prepared.store, bench.seconds));
    loads.push(await post(prepared.requests, changes.isRepeatable, bench.seconds));
  }
  return {
    name,
    store: median(store),
    http: median(loads.map(({ perSecond }) => perSecond)),
    p50: median(loads.map(({ p50 }) => p50)),
    p99: median(loads.map(({ p99 }) => p99)),
  };
}

async function changeThroughStore(
  changes: readonly (() => Promise<void>)[],
  seconds: number,
): Promise<number> {
  const start = performance.now();
  let done = 0;
  while (done < changes.length && performance.now() - start < seconds * 1000) {
    const batch = changes.slice(done, done + STORE_CALLERS);
    await Promise.all(batch.map((change) => change()));
    done += batch.length;
  }
  return (done * 1000) / (performance.now() - start);
}

function goalOf({ name, store, http }: Result): Goal {
  const ratio = http / store;
  return {
    work: `transitions: ${name}`,
    goal: `at least ${MIN_RATIO} x the store`,
    measured: formatRatio(ratio),
    met: ratio >= MIN_RATIO,
  };
}
