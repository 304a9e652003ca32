/** Status changes over HTTP against the same changes through the store. */
import { type Bench, startTaskgate, withServers } from '../contestants.ts';
import { CHAIN, SUCCESSFUL_STATUSES } from '../generate.ts';
import { insertHdp, insertServices } from '../product.ts';
import { runNothing, transition } from '../product-writes.ts';
import { executeQuestion, transitionQuestion } from '../questions.ts';
import type { Goal } from '../report.ts';
import { writeLoad } from '../run-write-load.ts';
import { NO_OPERATION } from '../servers/no-operation-hooks.ts';
import { count, median, ms, times } from '../stats.ts';
import { transitionBody } from '../transition-body.ts';
import { type Writable, withWritable } from '../writable.ts';
import type { Workload } from './workload.ts';

const CLIENTS = 16;
const GOAL = 0.35;
/** How many callers change tasks through the store at a time. */
const STORE_CALLERS = 50;
/** Each goes through ten statuses; the load ends early if all have. */
const HDP_TASKS_PER_SECOND = 800;
const SERVICES_TASKS = 1000;

export const transitions: Workload = {
  name: 'transitions',
  run: (bench) =>
    withWritable(bench, async (writable) => {
      const { database } = writable.underTest;
      const start = () => startTaskgate(bench, { database, hasNoOperation: true });
      return withServers([start], async (taskgate) => {
        const post: Post = (requests, repeats, seconds) =>
          writeLoad(bench, taskgate, { requests, connections: CLIENTS, repeats }, seconds);
        const found = [
          await measure(bench, 'HDP transitions', hdpChanges(bench, writable), post),
          await measure(bench, 'Services execute', await servicesChanges(bench, writable), post),
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
            `Changes a second. Through the store: ${STORE_CALLERS} callers at a time, in the process of the bench, on the same database.`,
            'To execute a task is two changes, to INPROGRESS and to DONE. Over HTTP the action, which does nothing, runs in an action process as every action does.',
          ],
          goals: found.map(goalOf),
        };
      });
    }),
};

type Requests = Parameters<typeof writeLoad>[2]['requests'];
type Post = (requests: Requests, repeats: boolean, seconds: number) => ReturnType<typeof writeLoad>;

/** The same changes for the store and for clients. */
interface Changes {
  /** Prepares changes of tasks that no other round has. */
  prepare(): Promise<{ store: (() => Promise<void>)[]; requests: Requests }>;
  /** Whether the requests can be sent again. */
  repeats: boolean;
}

interface Found {
  name: string;
  /** Changes a second through the store and over HTTP. */
  store: number;
  http: number;
  p50: number;
  p99: number;
}

async function measure(bench: Bench, name: string, changes: Changes, post: Post): Promise<Found> {
  const store: number[] = [];
  const loads: Awaited<ReturnType<Post>>[] = [];
  const warmUp = await changes.prepare();
  await changeThroughStore(warmUp.store, 1);
  await post(warmUp.requests, changes.repeats, 1);
  for (let round = 1; round <= bench.rounds; round += 1) {
    bench.say(`round ${round} of ${bench.rounds}: ${name}`);
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

function hdpChanges({ dataset, seconds }: Bench, { underTest: { store, tasks } }: Writable): Changes {
  const create = async () => {
    const received = many(seconds * HDP_TASKS_PER_SECOND, () => tasks.received());
    await insertHdp(store, received);
    return received;
  };
  return {
    repeats: false,
    async prepare() {
      tasks.skipExisting();
      const ofStore = await create();
      const ofClients = await create();
      return {
        store: SUCCESSFUL_STATUSES.flatMap((status) =>
          ofStore.map(
            ({ uuid }) =>
              () =>
                transition(store, uuid, status),
          ),
        ),
        requests: SUCCESSFUL_STATUSES.flatMap((status) =>
          ofClients.map(({ uuid }) => transitionQuestion(dataset, uuid, transitionBody(status))),
        ),
      };
    },
  };
}

async function servicesChanges(
  { dataset }: Bench,
  { underTest: { store, tasks } }: Writable,
): Promise<Changes> {
  tasks.skipExisting();
  const ready = many(SERVICES_TASKS, () => tasks.ready(NO_OPERATION));
  await insertServices(store, ready);
  const changes = ready.map(
    ({ id }) =>
      () =>
        runNothing(store, CHAIN, id, NO_OPERATION),
  );
  return {
    // A task that is DONE can be executed again.
    repeats: true,
    prepare: async () => ({
      store: many(100, () => changes).flat(),
      requests: ready.map(({ id }) => executeQuestion(dataset, id)),
    }),
  };
}

const many = <T>(length: number, make: () => T): T[] => Array.from({ length }, make);

function goalOf({ name, store, http }: Found): Goal {
  const ratio = http / store;
  return {
    work: `transitions: ${name}`,
    goal: `at least ${GOAL} x the store`,
    measured: times(ratio),
    met: ratio >= GOAL,
  };
}
