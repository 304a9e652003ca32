/** Services tasks in an in-memory store, and a timer under the control of the test. */
import type { Action, ActionTask } from '../../src/actions/action.ts';
import type { Store } from '../../src/db/open.ts';
import { addServicesTasks, logsOf, NOW } from './gateway.ts';
import { openTestStore } from './stores.ts';
import { aServicesTask } from './tasks.ts';

const CHAIN = 1764;

export type TaskChanges = Parameters<typeof aServicesTask>[0];

/** Opens a store that has these tasks. At NOW, leases are decided. */
export const openTaskStore = (...tasks: TaskChanges[]): Promise<Store> =>
  openClockedTaskStore(() => NOW, ...tasks);

/** Opens a store that has these tasks. @param leaseClock decides leases */
export async function openClockedTaskStore(
  leaseClock: () => number,
  ...tasks: TaskChanges[]
): Promise<Store> {
  const store = await openTestStore({ leaseClock });
  await addServicesTasks(store, ...tasks.map((task) => aServicesTask(task)));
  return store;
}

/** Returns a task that is due at a time. */
export const taskDueAt = (id: number, once: string, action = 'talk') => ({
  id,
  trigger: { once },
  target: { action },
});

export const statusOf = async (store: Store, id: number) =>
  (await store.servicesTaskLifecycle.find(CHAIN, id))?.status;

/** Returns the log messages of a task, newest first. */
export const messagesOf = async (store: Store, id: number) =>
  logsOf(await store.servicesTaskLifecycle.findLogged(CHAIN, id, { limit: 100, offset: 0 })).map(
    ({ message }) => message,
  );

/** Creates an action that records the tasks that it runs. */
export function createRecordingAction() {
  const tasks: ActionTask[] = [];
  const action: Action = {
    name: 'record',
    async run(task) {
      tasks.push(task);
      return { result: `result ${task.id}` };
    },
  };
  return { action, taskIds: () => tasks.map(({ id }) => id), chains: () => tasks.map(({ chain }) => chain) };
}

/** Creates a `wait` that resolves when the test calls `wake`, or when the runner aborts it. */
export function createManualWait() {
  const durationsMs: number[] = [];
  const pending = new Set<() => void>();
  return {
    /** The durations of all waits, oldest first. */
    durationsMs,
    isPending: () => pending.size > 0,
    wait: (milliseconds: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        durationsMs.push(milliseconds);
        pending.add(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    wake(): void {
      for (const resolve of pending) resolve();
      pending.clear();
    },
  };
}
