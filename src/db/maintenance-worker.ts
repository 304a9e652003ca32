/** The maintenance thread. It has its own database connection. */
import { workerData } from 'piscina';
import { type TransferredError, transferError } from './error-transfer.ts';
import { isBusy, openStore, type Store } from './open.ts';

/** Few tasks at a time, so that a batch blocks other writers for only some ten milliseconds. */
const INDEX_BATCH_SIZE = 500;

export type MaintenanceTask = 'checkpoint' | 'index';

export type MaintenanceResult = { hasMore: boolean } | { error: TransferredError };

const { databaseUrl }: { databaseUrl: string } = workerData;

let store: Store | undefined;

export default async function maintain(task: MaintenanceTask): Promise<MaintenanceResult> {
  try {
    // If power loss undoes indexing, the tasks are indexed again.
    store ??= openStore(databaseUrl, { mustExist: true, synchronousCommit: false });
    if (task === 'index')
      return { hasMore: (await store.index(INDEX_BATCH_SIZE, { waits: false })) === INDEX_BATCH_SIZE };
    await store.checkpoint();
    return { hasMore: false };
  } catch (error) {
    // Another process holds the lock, such as an import. The next attempt follows soon.
    return isBusy(error) ? { hasMore: false } : { error: transferError(error) };
  }
}
