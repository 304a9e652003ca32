/** Status changes over HTTP against the same changes through the store. */
import { type Bench, startTaskgate, withServers } from '../contestants.ts';
import { load } from '../load.ts';
import type { Load } from '../load-types.ts';
import type { Goal } from '../report.ts';
import { writeLoad } from '../run-write-load.ts';
import { count, median, ms, times } from '../stats.ts';
import { withStoreCopy } from '../writable.ts';
import { hdpChanges, type Requests, type StatusChanges, servicesChanges } from './status-changes.ts';
import type { Workload } from './workload.ts';

const CLIENTS = 16;
const GOAL = 0.35;
/** How many callers change tasks through the store at a time. */
const STORE_CALLERS = 50;

export const transitions: Workload = {
  name: 'transitions',
  run: (bench) =>
    withStoreCopy(bench, async (copy) => {
      const start = () => startTaskgate(bench, { database: copy.database, hasNoOperation: true });
      return withServers([start], async (taskgate) => {
        const post: Post = (requests, repeats, seconds) =>
          repeats
            ? load(bench, { server: taskgate, requests, connections: CLIENTS }, seconds)
            : writeLoad(bench, taskgate, requests, CLIENTS, seconds);
        const found = [
          await measure(bench, 'HDP transitions', hdpChanges(bench, copy), post),
          await measure(bench, 'Services execute', await servicesChanges(bench, copy), post),
        ];
        return {
          title: 'transitions: status changes',
          tables: [
            {
              head: ['change', 'through the store', `${CLIENTS} clients`, 'p50 ms', 'p99 ms', 'of the store'],
              rows: found.map(({ name, store, http, p50, p99 }) => [
                name,
                count(store),
                count(http),
                ms(p50),
                ms(p99),
                times(http / store),
              ]),
            },
          ],
          notes: [
            `Transitions and runs a second. Through the store: ${STORE_CALLERS} callers at a time, in the process of the bench, on the same database.`,
            'A run changes a task twice, to INPROGRESS and to DONE. Over HTTP its action, which does nothing, runs in an action process as every action does.',
          ],
          goals: found.map(goalOf),
        };
      });
    }),
};

type Speed = Omit<Load, 'errors'>;
type Post = (requests: Requests, repeats: boolean, seconds: number) => Promise<Speed>;

interface Found {
  name: string;
  /** Changes a second through the store and over HTTP. */
  store: number;
  http: number;
  p50: number;
  p99: number;
}

async function measure(bench: Bench, name: string, changes: StatusChanges, post: Post): Promise<Found> {
  const store: number[] = [];
  const loads: Speed[] = [];
  const warmUp = await changes.prepare();
  await changeThroughStore(warmUp.store, 1);
  await post(warmUp.requests, changes.repeats, 1);
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.progress(`round ${round} of ${bench.rounds}: ${name}`);
    const prepared = await changes.prepare();
    store.push(await changeThroughStore(prepared.store, bench.seconds));
    loads.push(await post(prepared.requests, changes.repeats, bench.seconds));
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

function goalOf({ name, store, http }: Found): Goal {
  const ratio = http / store;
  return {
    work: `transitions: ${name}`,
    goal: `at least ${GOAL} x the store`,
    measured: times(ratio),
    met: ratio >= GOAL,
  };
}
