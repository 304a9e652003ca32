/** Runs in a worker thread, on a connection of its own: what may take longer than the event loop can wait. */
import { workerData } from 'piscina';
import { openStore } from './open.ts';
import type { Slice } from './store.ts';

/** What the worker is asked to do. */
export type SearchTask = { search: string; slice: Slice } | { indexUuids: number };

const { databaseUrl }: { databaseUrl: string } = workerData;
const store = openStore(databaseUrl);

// Searches wait for the thread, so indexing must not wait for another writer.
export default function run(task: SearchTask) {
  return 'search' in task
    ? store.hdpTasks.list(task.search, task.slice)
    : store.indexUuids(task.indexUuids, { waits: false });
}
