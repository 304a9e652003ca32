/** Measures inserts without HTTP: through the store and into the bare tables. */
import { lastId, openBareInserter, rowsAfter } from './bare-tables.ts';
import type { NewTasks } from './new-tasks.ts';
import { prepareInserts, type Store } from './product-store.ts';
import type { TaskTable } from './reference-tables.ts';
import type { Api } from './requests.ts';
import { percentile } from './stats.ts';

/** The result of inserts with one commit size. */
export interface InsertThroughput {
  /** Rows per second. */
  perSecond: number;
  /** Median time of a transaction, in milliseconds. */
  p50: number;
}

/** An open store, its file, and the tasks to insert next. */
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
  tasks.skipExisting();
  const timer = createTimer(rowsPerCommit);
  while (timer.total() < seconds * 1000) {
    const insert = prepareInserts(store, api, tasks, rowsPerCommit);
    const start = performance.now();
    await insert();
    timer.add(performance.now() - start);
  }
  return timer.result();
}

/** Runs `work`, then inserts the rows that it added to a product database into the bare tables. */
export async function insertSameRows<T>(
  database: string,
  bare: string,
  api: Api,
  rowsPerCommit: number,
  work: () => Promise<T>,
): Promise<[T, InsertThroughput]> {
  const table = tableOf(api);
  const before = lastId(database, table);
  const result = await work();
  const timer = createTimer(rowsPerCommit);
  const inserter = openBareInserter(bare, table);
  for (const rows of rowsAfter(database, table, before, rowsPerCommit)) {
    const start = performance.now();
    inserter.insert(rows);
    timer.add(performance.now() - start);
  }
  inserter.close();
  return [result, timer.result()];
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
