/** The same status changes for the store and for clients. */
import type { HttpRequest } from '../client.ts';
import type { StoreUnderTest } from '../commits.ts';
import type { Bench } from '../contestants.ts';
import { CHAIN, SUCCESSFUL_STATUSES } from '../generate.ts';
import { finishBackgroundWork, insertHdp, insertServices } from '../product.ts';
import { runNothing, transition } from '../product-writes.ts';
import { executeRequest, transitionRequest } from '../requests.ts';
import { NO_OPERATION } from '../servers/no-operation-hooks.ts';
import { transitionBody } from '../transition-body.ts';

export type Requests = readonly [HttpRequest, ...HttpRequest[]];

export interface StatusChanges {
  /** Prepares the changes of a round. */
  prepare(): Promise<{ store: (() => Promise<void>)[]; requests: Requests }>;
  /** Whether the requests can be sent again. */
  repeats: boolean;
}

/** Each goes through ten statuses; the load ends early if all have. */
const HDP_TASKS_PER_SECOND = 800;
const SERVICES_TASKS = 1000;

/** Transitions of HDP tasks that each round creates, from `Received` to the last status. */
export function hdpChanges({ dataset, seconds }: Bench, { store, tasks }: StoreUnderTest): StatusChanges {
  const create = async () => {
    const received = many(seconds * HDP_TASKS_PER_SECOND, () => tasks.received());
    await insertHdp(store, received);
    return received;
  };
  return {
    repeats: false,
    async prepare() {
      tasks.skipExisting();
      const ofStore = await create();
      const ofClients = await create();
      await finishBackgroundWork(store);
      return {
        store: SUCCESSFUL_STATUSES.flatMap((status) =>
          ofStore.map(
            ({ uuid }) =>
              () =>
                transition(store, uuid, status),
          ),
        ),
        requests: notEmpty(
          SUCCESSFUL_STATUSES.flatMap((status) =>
            ofClients.map(({ uuid }) => transitionRequest(dataset, uuid, transitionBody(status))),
          ),
        ),
      };
    },
  };
}

/** Runs of the same READY or DONE Services tasks in each round. */
export async function servicesChanges(
  { dataset }: Bench,
  { store, tasks }: StoreUnderTest,
): Promise<StatusChanges> {
  tasks.skipExisting();
  const create = async () => {
    const ready = many(SERVICES_TASKS, () => tasks.ready(NO_OPERATION));
    await insertServices(store, ready);
    return ready.map(({ id }) => id);
  };
  // Tasks of their own: when a load ends, the server still runs the last ones.
  const ofStore = await create();
  const ofClients = await create();
  const changes = ofStore.map((id) => () => runNothing(store, CHAIN, id, NO_OPERATION));
  return {
    // A task that is DONE can be executed again.
    repeats: true,
    prepare: async () => ({
      store: many(100, () => changes).flat(),
      requests: notEmpty(ofClients.map((id) => executeRequest(dataset, id))),
    }),
  };
}

const many = <T>(length: number, make: () => T): T[] => Array.from({ length }, make);

function notEmpty([first, ...others]: readonly HttpRequest[]): Requests {
  if (!first) throw new Error('There is no request to send.');
  return [first, ...others];
}
