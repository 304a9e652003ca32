/** Speed of inserts without HTTP: through the store and into the bare tables, in commits of a given size. */
import { lastId, openBareInserter, rowsAfter } from './bare-tables.ts';
import type { NewTasks } from './new-tasks.ts';
import { prepareInserts, type Store } from './product.ts';
import type { TaskTable } from './reference-tables.ts';
import type { Api } from './requests.ts';
import { percentile } from './stats.ts';

/** What commits of one size reached. */
export interface Commits {
  /** Rows a second. */
  perSecond: number;
  /** The time of a commit with its inserts, in milliseconds. */
  p50: number;
}

/** An open store, its file, and the tasks to insert next. */
export interface StoreUnderTest {
  store: Store;
  database: string;
  tasks: NewTasks;
}

const tableOf = (api: Api): TaskTable => (api === 'hdp' ? 'hdp_tasks' : 'services_tasks');

/** Inserts new tasks through the store for some seconds of insert time; their preparation is not counted. */
export async function insertThroughStore(
  { store, tasks }: StoreUnderTest,
  api: Api,
  perCommit: number,
  seconds: number,
): Promise<Commits> {
  tasks.skipExisting();
  const times = createTimes(perCommit);
  while (times.total() < seconds * 1000) {
    const insert = prepareInserts(store, api, tasks, perCommit);
    const start = performance.now();
    await insert();
    times.add(performance.now() - start);
  }
  return times.result();
}

/** Does `work`, and then inserts the rows that it added to a product database into the bare tables. */
export async function insertSameRows<T>(
  database: string,
  bare: string,
  api: Api,
  perCommit: number,
  work: () => Promise<T>,
): Promise<[T, Commits]> {
  const table = tableOf(api);
  const before = lastId(database, table);
  const result = await work();
  const times = createTimes(perCommit);
  const inserter = openBareInserter(bare, table);
  for (const rows of rowsAfter(database, table, before, perCommit)) {
    const start = performance.now();
    inserter.insert(rows);
    times.add(performance.now() - start);
  }
  inserter.close();
  return [result, times.result()];
}

function createTimes(perCommit: number) {
  const took: number[] = [];
  let total = 0;
  return {
    add(milliseconds: number): void {
      took.push(milliseconds);
      total += milliseconds;
    },
    total: () => total,
    result: (): Commits => ({
      perSecond: (took.length * perCommit * 1000) / total,
      p50: percentile(took, 0.5),
    }),
  };
}
