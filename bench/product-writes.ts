/** Writes through the product's store, as the server does for one request. */
import { randomUUID } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import type { Store } from './product-store.ts';
import type { HdpTask, ServicesTask } from './tasks.ts';

type HdpStatus = Parameters<Store['hdpTaskLifecycle']['report']>[1]['toStatus'];

const LEASE_MS = 30_000;

const newUlid = monotonicFactory();

/** Creates an HDP task. @returns its uuid */
export async function createHdp(store: Store, task: HdpTask): Promise<string> {
  const { destinationChainId, contractClassHash, programHash, programName } = task;
  const created = await store.hdpTaskLifecycle.create(
    {
      task: {
        destinationChainId,
        contractClassHash,
        programHash,
        programName,
        scheduleMode: 'onchain',
        scheduleTxHash: task.scheduleTxHash,
      },
      details: { input: '{}', taskInputs: null, isMock: false, webhookUrl: null, keyId: null },
    },
    { now: Date.now(), newUlid },
  );
  if (!('created' in created)) throw new Error('The store did not create the HDP task.');
  return created.created;
}

/** Creates a Services task. */
export async function createServices(store: Store, task: ServicesTask): Promise<void> {
  const { chain, desc: description, debug, trigger, target } = task;
  const now = Date.now();
  const row = {
    description,
    debug,
    trigger: JSON.stringify(trigger),
    target: JSON.stringify(target),
    dueAt: now,
    seriesStart: null,
  };
  const created = await store.servicesTaskLifecycle.create(chain, row, Math.floor(now / 1000));
  if (!('created' in created)) throw new Error('The store did not create the Services task.');
}

/** Moves an HDP task to its next status, as a transition request does. */
export async function transition(store: Store, uuid: string, toStatus: HdpStatus): Promise<void> {
  const text = JSON.stringify({ to_status: toStatus });
  const report = { toStatus, text, task: {}, details: {}, webhookBody: () => '' };
  const reported = await store.hdpTaskLifecycle.report(uuid, report, { now: Date.now(), newUlid });
  if (reported?.outcome !== 'accepted')
    throw new Error(`The store rejected the transition of task ${uuid} to ${toStatus}.`);
}

/** Moves a Services task to INPROGRESS and then to DONE, as a run of the no-op action does. */
export async function runNoOpAction(store: Store, chain: number, id: number, action: string): Promise<void> {
  const run = randomUUID();
  await claim(store, { chain, id, action, run });
  await finish(store, id, run);
}

/** Claims a Services task, which moves it to INPROGRESS. */
export async function claim(
  store: Store,
  { chain, id, action, run }: { chain: number; id: number; action: string; run: string },
): Promise<void> {
  const claimed = await store.taskRuns.claim(chain, id, [action], { run, leaseMs: LEASE_MS });
  if ('refusal' in claimed) throw new Error(`The store did not claim task ${id}: ${claimed.refusal}.`);
}

/** Finishes a Services task that `run` has claimed, which moves it to DONE. */
export async function finish(store: Store, id: number, run: string): Promise<void> {
  const end = { status: 'DONE', result: null, file: null, logs: [], nextTask: undefined } as const;
  const finished = await store.taskRuns.finish(id, run, { ...end, now: Date.now() });
  if (!finished) throw new Error(`The store did not finish task ${id}.`);
}
