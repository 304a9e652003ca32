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
  if (api === 'hdp') {
    const rows = Array.from({ length: count }, () => hdpRow(tasks.hdp()));
    return async () => requireInserted(await store.hdpTasks.addAll(rows, 'error'));
  }
  const rows = Array.from({ length: count }, () => servicesRow(tasks.services()));
  return async () => {
    const added = await store.servicesTasks.addAll(rows, { onConflict: 'error' });
    requireInserted(added.map((task) => task.added));
  };
}

/** Inserts HDP tasks in one transaction. */
export async function insertHdp(store: Store, tasks: readonly HdpTask[]): Promise<void> {
  requireInserted(await store.hdpTasks.addAll(tasks.map(hdpRow), 'error'));
}

/** Inserts Services tasks in one transaction. */
export async function insertServices(store: Store, tasks: readonly ServicesTask[]): Promise<void> {
  const added = await store.servicesTasks.addAll(tasks.map(servicesRow), { onConflict: 'error' });
  requireInserted(added.map((task) => task.added));
}

/** Does what a server would do in the background after inserts, so that no measurement pays for the one before it. */
export async function finishBackgroundWork(store: Store): Promise<void> {
  while ((await store.index(BACKGROUND_BATCH)) > 0);
}

const hdpRow = (task: HdpTask) => parseHdpTask(JSON.stringify(task));
const servicesRow = (task: ServicesTask) => parseServicesTask(JSON.stringify(task));

function requireInserted(outcomes: readonly string[]): void {
  const other = outcomes.find((outcome) => outcome !== 'inserted');
  if (other !== undefined) throw new Error(`The store answered an insert with "${other}".`);
}
