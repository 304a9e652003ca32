/** The only access of the bench to the product's own modules: its store, as a caller of one transaction uses it. */
import { randomUUID } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import { parseHdpTask, parseServicesTask } from '#product/commands/task-lines';
import { openStore, type Store } from '#product/db/open';
import type { Api } from './contestants.ts';
import type { NewTasks } from './new-tasks.ts';
import type { HdpTask, ServicesTask } from './tasks.ts';

export type { Store };

export type HdpStatus = Parameters<Store['hdpRuns']['report']>[1]['toStatus'];

const LEASE_MS = 30_000;

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

const newUlid = monotonicFactory();

/** Moves an HDP task to its next status, as the report of a processor does. */
export async function transition(store: Store, uuid: string, toStatus: HdpStatus): Promise<void> {
  const text = JSON.stringify({ to_status: toStatus });
  const report = { toStatus, text, task: {}, details: {}, webhookBody: () => '' };
  const reported = await store.hdpRuns.report(uuid, report, { now: Date.now(), newUlid });
  if (reported?.outcome !== 'accepted') throw new Error(`The store refused ${uuid} at ${toStatus}.`);
}

/** Changes a Services task from its status to INPROGRESS and then to DONE, as a run that does nothing does. */
export async function runNothing(store: Store, chain: number, id: number, action: string): Promise<void> {
  const run = randomUUID();
  await claim(store, { chain, id, action, run });
  await finish(store, id, run);
}

/** Changes a Services task to INPROGRESS. */
export async function claim(
  store: Store,
  { chain, id, action, run }: { chain: number; id: number; action: string; run: string },
): Promise<void> {
  const now = Date.now();
  const claimed = await store.servicesRuns.claim(chain, id, [action], { run, now, until: now + LEASE_MS });
  if ('refusal' in claimed) throw new Error(`The store refused to claim task ${id}: ${claimed.refusal}.`);
}

/** Changes a Services task that `run` has claimed to DONE. */
export async function finish(store: Store, id: number, run: string): Promise<void> {
  const end = { status: 'DONE', result: null, file: null, logs: [], follower: undefined } as const;
  const finished = await store.servicesRuns.finish(id, run, { ...end, now: Date.now() });
  if (!finished) throw new Error(`The store refused to finish task ${id}.`);
}
