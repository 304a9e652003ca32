/** Runs in a worker thread, on a connection of its own: work that takes longer than the event loop can wait. */
import { workerData } from 'piscina';
import { type TransferredError, transferError } from './error-transfer.ts';
import { openStore, type Store } from './open.ts';
import type { HdpTaskRow } from './rows.ts';
import type { Page, Slice } from './store.ts';

/** What the worker is asked to do. */
export type SearchTask = { search: string; slice: Slice } | { indexUuids: number };

/** What it did, or why it could not. */
export type SearchResult = { page: Page<HdpTaskRow> } | { indexed: number } | { error: TransferredError };

const { databaseUrl }: { databaseUrl: string } = workerData;

let store: Store | undefined;

// Not at the top level: an error there would end the thread, and the next one would meet it again.
function openedStore(): Store {
  // What power loss undoes of the index is indexed again.
  store ??= openStore(databaseUrl, { synchronousCommit: false });
  return store;
}

export default async function run(task: SearchTask): Promise<SearchResult> {
  try {
    if ('search' in task) return { page: await openedStore().hdpTasks.list(task.search, task.slice) };
    // Searches wait for the thread, so indexing must not wait for another writer.
    return { indexed: await openedStore().index(task.indexUuids, { waits: false }) };
  } catch (error) {
    return { error: transferError(error) };
  }
}
