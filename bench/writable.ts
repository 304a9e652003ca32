/** Copies of the databases for workloads that write, so that the data set stays unchanged. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { StoreUnderTest } from './commits.ts';
import type { Bench } from './contestants.ts';
import { bareDatabase, copyDatabase, removeDatabase } from './dataset.ts';
import { NewTasks } from './new-tasks.ts';
import { openProductStore } from './product.ts';

/** Opens a copy of the product's database, hands it to `work`, and removes it whatever happens. */
export function withStoreCopy<T>(bench: Bench, work: (copy: StoreUnderTest) => Promise<T>): Promise<T> {
  const { dataset } = bench;
  return withCopy(bench, dataset.taskgate, async (database) => {
    const store = openProductStore(database);
    try {
      return await work({ store, database, tasks: new NewTasks(database, dataset.rows, Date.now()) });
    } finally {
      await store.close();
    }
  });
}

/** Hands a copy of the bare tables to `work`, with the same tasks as in the product's database. */
export const withBareCopy = async <T>(bench: Bench, work: (bare: string) => Promise<T>): Promise<T> =>
  withCopy(bench, await bareDatabase(bench.dataset, bench.progress), work);

/** Hands a copy of a database to `work`, and removes it whatever happens. */
export async function withCopy<T>(
  { scratch }: Bench,
  database: string,
  work: (copy: string) => Promise<T>,
): Promise<T> {
  const copy = join(scratch, `${randomUUID()}.db`);
  copyDatabase(database, copy);
  try {
    return await work(copy);
  } finally {
    removeDatabase(copy);
  }
}
