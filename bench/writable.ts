/** Copies of the databases for workloads that write: what they write must not stay in the data set. */
import { join } from 'node:path';
import type { StoreUnderTest } from './commits.ts';
import type { Bench } from './contestants.ts';
import { bareDatabase, copyDatabase, removeDatabase } from './dataset.ts';
import { NewTasks } from './new-tasks.ts';
import { openProductStore } from './product.ts';

export interface Writable {
  /** A copy of the product's database. */
  underTest: StoreUnderTest;
  /** A copy of the bare tables with the same tasks. */
  bare: string;
}

/** Hands copies of the databases to `work`, and removes them whatever happens. */
export async function withWritable<T>(
  { dataset, scratch, say }: Bench,
  work: (writable: Writable) => Promise<T>,
): Promise<T> {
  const database = join(scratch, 'written.db');
  const bare = join(scratch, 'written-bare.db');
  copyDatabase(await bareDatabase(dataset, say), bare);
  copyDatabase(dataset.taskgate, database);
  const store = openProductStore(database);
  try {
    const tasks = new NewTasks(database, dataset.rows, Date.now());
    return await work({ underTest: { store, database, tasks }, bare });
  } finally {
    await store.close();
    removeDatabase(database);
    removeDatabase(bare);
  }
}
