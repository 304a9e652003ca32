/** The product's store, as a caller of one transaction uses it. Only this file and product-writes.ts import the product. */

import { openStore, type Store } from '#product/db/open';
import { parseHdpTask, parseServicesTask } from '#product/ndjson/task-lines';
import type { NewTasks } from './new-tasks.ts';
import type { Api } from './requests.ts';
import type { HdpTask, ServicesTask } from './tasks.ts';

export type { Store };

const BACKGROUND_BATCH = 5000;

/** Opens a migrated database of taskgate with the durability that the product has by default. */
export const openProductStore = (path: string): Store => openStore(path, { mustExist: true });

/**
 * Prepares the insertion of the next new tasks.
 * @returns a function that inserts them in one transaction
 */
export function prepareInserts(store: Store, api: Api, tasks: NewTasks, count: number): () => Promise<void> {
  const numbers = Array.from({ length: count });
  return api === 'hdp'
    ? prepareHdp(
        store,
        numbers.map(() => tasks.hdp()),
      )
    : prepareServices(
        store,
        numbers.map(() => tasks.services()),
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
    const all = await store.servicesTasks.addAll(rows, { onConflict: 'error' });
    requireInserted(all.map(({ added }) => added));
  };
}

function requireInserted(all: readonly string[]): void {
  const other = all.find((added) => added !== 'inserted');
  if (other !== undefined) throw new Error(`The store answered an insert with "${other}".`);
}

/** Does what a server would do in the background after inserts, so that no measurement pays for the one before it. */
export async function finishBackgroundWork(store: Store): Promise<void> {
  while ((await store.index(BACKGROUND_BATCH)) > 0);
}
