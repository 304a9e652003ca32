/** The only access of the bench to the product's own modules: its store, as a caller of one transaction uses it. */
import { parseHdpTask, parseServicesTask } from '#product/commands/task-lines';
import { openStore, type Store } from '#product/db/open';
import type { Api } from './contestants.ts';
import type { NewTasks } from './new-tasks.ts';

export type { Store };

/** Opens a migrated database of taskgate with the durability that the product has by default. */
export const openProductStore = (path: string): Store => openStore(path, { mustExist: true });

/**
 * Prepares the insertion of the next new tasks.
 * @returns a function that inserts them in one transaction
 */
export function prepareInserts(store: Store, api: Api, tasks: NewTasks, count: number): () => Promise<void> {
  const inserts = Array.from({ length: count }, () =>
    api === 'hdp' ? hdpInsert(store, tasks) : servicesInsert(store, tasks),
  );
  return () =>
    store.transaction(async () => {
      for (const insert of inserts) {
        const added = await insert();
        if (added !== 'inserted') throw new Error(`The store answered an insert with "${added}".`);
      }
    });
}

function hdpInsert(store: Store, tasks: NewTasks) {
  const row = parseHdpTask(JSON.stringify(tasks.hdp()));
  return () => store.hdpTasks.add(row, 'error');
}

function servicesInsert(store: Store, tasks: NewTasks) {
  const row = parseServicesTask(JSON.stringify(tasks.services()));
  return () => store.servicesTasks.add(row, 'error');
}
