/** The product's store, as a caller of one transaction uses it. Only this file and product-writes.ts import the product. */
import { parseHdpTask, parseServicesTask } from '#product/commands/task-lines';
import { openStore, type Store } from '#product/db/open';
import type { NewTasks } from './new-tasks.ts';
import type { Api } from './questions.ts';
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
  const inserts = Array.from({ length: count }, () =>
    api === 'hdp' ? hdpInsert(store, tasks.hdp()) : servicesInsert(store, tasks.services()),
  );
  return () => insertTogether(store, inserts);
}

/** Inserts HDP tasks in one transaction. */
export const insertHdp = (store: Store, tasks: readonly HdpTask[]): Promise<void> =>
  insertTogether(
    store,
    tasks.map((task) => hdpInsert(store, task)),
  );

/** Inserts Services tasks in one transaction. */
export const insertServices = (store: Store, tasks: readonly ServicesTask[]): Promise<void> =>
  insertTogether(
    store,
    tasks.map((task) => servicesInsert(store, task)),
  );

/** Does what a server would do in the background after inserts, so that no measurement pays for the one before it. */
export async function finishBackgroundWork(store: Store): Promise<void> {
  while ((await store.indexUuids(BACKGROUND_BATCH)) > 0);
}

type Insert = () => ReturnType<Store['hdpTasks']['add']>;

function hdpInsert(store: Store, task: HdpTask): Insert {
  const row = parseHdpTask(JSON.stringify(task));
  return () => store.hdpTasks.add(row, 'error');
}

function servicesInsert(store: Store, task: ServicesTask): Insert {
  const row = parseServicesTask(JSON.stringify(task));
  return () => store.servicesTasks.add(row, 'error');
}

const insertTogether = (store: Store, inserts: readonly Insert[]): Promise<void> =>
  store.transaction(async () => {
    for (const insert of inserts) {
      const added = await insert();
      if (added !== 'inserted') throw new Error(`The store answered an insert with "${added}".`);
    }
  });
