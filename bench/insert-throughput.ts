/** Measures inserts without HTTP: through the store and into the bare tables. */
import type { TaskTable } from './database.ts';
import { clientOf } from './databases.ts';
import { lastId, readRowsAfter } from './inserted-rows.ts';
import type { NewTasks } from './new-tasks.ts';
import { prepareInserts, type Store } from './product-store.ts';
import type { Api } from './requests.ts';
import { percentile } from './stats.ts';

/** The result of inserts with one commit size. */
export interface InsertThroughput {
  /** Rows per second. */
  perSecond: number;
  /** Median time of a transaction, in milliseconds. */
  p50: number;
}

/** An open store, its database, and the tasks to insert next. */
export interface StoreUnderTest {
  store: Store;
  database: string;
  tasks: NewTasks;
}

const tableOf = (api: Api): TaskTable => (api === 'hdp' ? 'hdp_tasks' : 'services_tasks');

/** Inserts new tasks through the store. @param seconds insert time, without the preparation of the rows */
export async function insertThroughStore(
  { store, tasks }: StoreUnderTest,
  api: Api,
  rowsPerCommit: number,
  seconds: number,
): Promise<InsertThroughput> {
  await tasks.skipExisting();
  const timer = createTimer(rowsPerCommit);
  while (timer.total() < seconds * 1000) {
    const insert = prepareInserts(store, api, tasks, rowsPerCommit);
    const start = performance.now();
    await insert();
    timer.add(performance.now() - start);
  }
  return timer.result();
}

/** How the bare inserter commits. */
export interface CommitOptions {
  rowsPerCommit: number;
  /** Concurrent transactions. Default: 1. */
  connections?: number;
}

/** Runs `work`, then inserts the rows that it added to a product database into the bare tables. */
export async function insertSameRows<T>(
  database: string,
  bare: string,
  api: Api,
  { rowsPerCommit, connections = 1 }: CommitOptions,
  work: () => Promise<T>,
): Promise<[T, InsertThroughput]> {
  const table = tableOf(api);
  const before = await lastId(database, table);
  const result = await work();
  const batches = (await readRowsAfter(database, table, before, rowsPerCommit)).values();
  const durations: number[] = [];
  const inserter = await clientOf(bare).openInserter(bare, table, connections);
  const begin = performance.now();
  const insertNext = async () => {
    // All connections take from the same iterator.
    for (const batch of batches) {
      const start = performance.now();
      await inserter.insert(batch);
      durations.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: connections }, insertNext));
  const elapsed = performance.now() - begin;
  await inserter.close();
  const perSecond = (durations.length * rowsPerCommit * 1000) / elapsed;
  return [result, { perSecond, p50: percentile(durations, 0.5) }];
}

function createTimer(rowsPerCommit: number) {
  const durations: number[] = [];
  let total = 0;
  return {
    add(milliseconds: number): void {
      durations.push(milliseconds);
      total += milliseconds;
    },
    total: () => total,
    result: (): InsertThroughput => ({
      perSecond: (durations.length * rowsPerCommit * 1000) / total,
      p50: percentile(durations, 0.5),
    }),
  };
}
