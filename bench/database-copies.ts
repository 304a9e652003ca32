/** Copies of the databases for workloads that write, so that the data set does not change. */
import type { StoreUnderTest } from './insert-throughput.ts';
import { NewTasks } from './new-tasks.ts';
import { openProductStore, type ProductStoreOptions } from './product-store.ts';
import type { Bench } from './start-servers.ts';

/** Opens a copy of the product's database, passes it to `work`, and removes it even if `work` fails. */
export function withStoreCopy<T>(
  bench: Bench,
  work: (copy: StoreUnderTest) => Promise<T>,
  options: ProductStoreOptions = {},
): Promise<T> {
  const { dataset } = bench;
  return withCopy(bench, dataset.taskgate, async (database) => {
    const store = openProductStore(database, options);
    try {
      return await work({ store, database, tasks: await NewTasks.open(database, dataset.rows, Date.now()) });
    } finally {
      await store.close();
    }
  });
}

/** Passes a copy of the bare tables to `work`, with the same tasks as in the product's database. */
export const withBareCopy = async <T>(bench: Bench, work: (bare: string) => Promise<T>): Promise<T> =>
  withCopy(bench, await bench.databases.openBareTables(bench.dataset, bench.log), work);

/** Passes a copy of a database to `work` and removes it even if `work` fails. */
export async function withCopy<T>(
  { databases }: Bench,
  database: string,
  work: (copy: string) => Promise<T>,
): Promise<T> {
  const copy = await databases.copy(database);
  try {
    return await work(copy);
  } finally {
    await databases.remove(copy);
  }
}
