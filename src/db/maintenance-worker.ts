/** Maintenance of the database in a worker thread, on a connection of the thread. */
import { workerData } from 'piscina';
import { type TransferredError, transferError } from './error-transfer.ts';
import { isBusy, openStore, type Store } from './open.ts';

/** So few at a time that no writer waits long: some ten milliseconds. */
const INDEX_BATCH = 500;

export type MaintenanceTask = 'checkpoint' | 'index';

/** Whether more of the same is left to do, or why the task failed. */
export type MaintenanceResult = { isMoreLeft: boolean } | { error: TransferredError };

const { databaseUrl }: { databaseUrl: string } = workerData;

let store: Store | undefined;

export default async function maintain(task: MaintenanceTask): Promise<MaintenanceResult> {
  try {
    // What power loss undoes of the index is indexed again.
    store ??= openStore(databaseUrl, { mustExist: true, synchronousCommit: false });
    if (task === 'index')
      return { isMoreLeft: (await store.index(INDEX_BATCH, { waits: false })) === INDEX_BATCH };
    await store.checkpoint();
    return { isMoreLeft: false };
  } catch (error) {
    // Another process may hold the database for long (an import); the next attempt follows soon.
    return isBusy(error) ? { isMoreLeft: false } : { error: transferError(error) };
  }
}
