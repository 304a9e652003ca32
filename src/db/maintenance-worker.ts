/** Maintenance of the database in a worker thread, on a connection of the thread. */
import { workerData } from 'piscina';
import { openStore, type Store } from './open.ts';

/** So few at a time that no writer waits long: some ten milliseconds. */
const INDEX_BATCH = 500;

export type MaintenanceTask = 'checkpoint' | 'index';

const { databaseUrl }: { databaseUrl: string } = workerData;

let store: Store | undefined;

/** @returns true if more of the same is left to do */
export default async function maintain(task: MaintenanceTask): Promise<boolean> {
  // What power loss undoes of the index is indexed again.
  store ??= openStore(databaseUrl, { synchronousCommit: false });
  if (task === 'checkpoint') {
    await store.checkpoint();
    return false;
  }
  return (await store.index(INDEX_BATCH, { waits: false })) === INDEX_BATCH;
}
