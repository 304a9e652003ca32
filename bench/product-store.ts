/** The product's store, opened as the server opens it. Only this file and product-writes.ts import the product. */

import { openStore, type Store } from '#product/db/open';
import { parseHdpTask, parseServicesTask } from '#product/ndjson/task-lines';
import type { NewTasks } from './new-tasks.ts';
import type { Api } from './requests.ts';
import type { HdpTask, ServicesTask } from './tasks.ts';

export type { Store };

const BACKGROUND_BATCH = 5000;

export interface ProductStoreOptions {
  /** False to write no figures. Default: true. */
  countsFigures?: boolean;
}

/** Opens a migrated taskgate database with the product's default durability. */
export const openProductStore = (path: string, options: ProductStoreOptions = {}): Store =>
  openStore(path, { mustExist: true, ...options });

/**
 * Prepares the insertion of the next new tasks.
 * @returns a function that inserts them in one transaction
 */
export function prepareInserts(store: Store, api: Api, tasks: NewTasks, count: number): () => Promise<void> {
  const indexes = Array.from({ length: count });
  return api === 'hdp'
    ? prepareHdp(
        store,
        indexes.map(() => tasks.nextHdp()),
      )
    : prepareServices(
        store,
        indexes.map(() => tasks.nextServices()),
      );
}

/** Inserts HDP tasks in one transaction. */
export const insertHdp = (store: Store, tasks: readonly HdpTask[]): Promise<void> =>
  prepareHdp(store, tasks)();

/** Inserts Services tasks in one transaction. */
export const insertServices = (store: Store, tasks: readonly ServicesTask[]): Promise<void> =>
  prepareServices(store, tasks)();

function prepareHdp(store: Store, tasks: readonly HdpTask[]) {
  const rows = tasks.map((task) => parseHdpTask(JSON.stringify(task)));
  return async () => requireInserted(await store.hdpTasks.addAll(rows, 'error'));
}

function prepareServices(store: Store, tasks: readonly ServicesTask[]) {
  const rows = tasks.map((task) => parseServicesTask(JSON.stringify(task)));
  return async () => {
    const results = await store.servicesTasks.addAll(rows, { onConflict: 'error' });
    requireInserted(results.map(({ added }) => added));
  };
}

function requireInserted(results: readonly string[]): void {
  const other = results.find((added) => added !== 'inserted');
  if (other !== undefined) throw new Error(`The store returned "${other}" for an insert.`);
}

/** Finishes the background indexing that inserts leave, so that it does not slow the next measurement. */
export async function finishBackgroundWork(store: Store): Promise<void> {
  while ((await store.index(BACKGROUND_BATCH)) > 0);
}
