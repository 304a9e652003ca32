/** Prepares equal status changes for the store and for HTTP clients. */

import { CHAIN, SUCCESSFUL_STATUSES } from '../generate.ts';
import type { HttpRequest } from '../http-client.ts';
import type { StoreUnderTest } from '../insert-throughput.ts';
import { finishBackgroundWork, insertHdp, insertServices } from '../product-store.ts';
import { runNoOpAction, transition } from '../product-writes.ts';
import { executeRequest, transitionRequest } from '../requests.ts';
import { NO_OPERATION } from '../servers/no-operation-hooks.ts';
import type { Bench } from '../start-servers.ts';

export type Requests = readonly [HttpRequest, ...HttpRequest[]];

export interface StatusChanges {
  /** Prepares the changes of a round. */
  prepare(): Promise<{ store: (() => Promise<void>)[]; requests: Requests }>;
  /** True if the requests can be sent repeatedly. */
  isRepeatable: boolean;
}

/** Each task has ten status changes. The load ends early when all changes are made. */
const HDP_TASKS_PER_SECOND = 800;
const SERVICES_TASK_COUNT = 1000;

/** Prepares all transitions of new HDP tasks, from `Received` to the last status. */
export function prepareHdpChanges(
  { dataset, seconds }: Bench,
  { store, tasks }: StoreUnderTest,
): StatusChanges {
  const create = async () => {
    const received = repeat(seconds * HDP_TASKS_PER_SECOND, () => tasks.nextReceivedHdp());
    await insertHdp(store, received);
    return received;
  };
  return {
    isRepeatable: false,
    async prepare() {
      await tasks.skipExisting();
      const storeTasks = await create();
      const clientTasks = await create();
      await finishBackgroundWork(store);
      return {
        store: SUCCESSFUL_STATUSES.flatMap((status) =>
          storeTasks.map(
            ({ uuid }) =>
              () =>
                transition(store, uuid, status),
          ),
        ),
        requests: requireNotEmpty(
          SUCCESSFUL_STATUSES.flatMap((status) =>
            clientTasks.map(({ uuid }) => transitionRequest(dataset, uuid, status)),
          ),
        ),
      };
    },
  };
}

/** Prepares runs of Services tasks. Each round runs the same tasks. */
export async function prepareServicesChanges(
  { dataset }: Bench,
  { store, tasks }: StoreUnderTest,
): Promise<StatusChanges> {
  await tasks.skipExisting();
  const create = async () => {
    const ready = repeat(SERVICES_TASK_COUNT, () => tasks.nextReadyServices(NO_OPERATION));
    await insertServices(store, ready);
    return ready.map(({ id }) => id);
  };
  // The store and the clients have separate tasks, because the server still runs some tasks when a load ends.
  const storeTasks = await create();
  const clientTasks = await create();
  const changes = storeTasks.map((id) => () => runNoOpAction(store, CHAIN, id, NO_OPERATION));
  return {
    // A task that is DONE can be executed again.
    isRepeatable: true,
    prepare: async () => ({
      store: repeat(100, () => changes).flat(),
      requests: requireNotEmpty(clientTasks.map((id) => executeRequest(dataset, id))),
    }),
  };
}

const repeat = <T>(length: number, make: () => T): T[] => Array.from({ length }, make);

function requireNotEmpty([first, ...others]: readonly HttpRequest[]): Requests {
  if (!first) throw new Error('There is no request to send.');
  return [first, ...others];
}
