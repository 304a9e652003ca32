import { isFailed } from '../db/model/hdp-stages.ts';
import type { Store } from '../db/open.ts';
import { createUlids } from '../lib/ulids.ts';
import { LEASE_MS } from '../runner/start.ts';
import { type CommandContext, CommandError, printMessage } from './command.ts';
import { withExistingStore } from './with-store.ts';

/** A Services task by its id, or an HDP task by its uuid. */
export type TaskReference = { id: number } | { uuid: string };

/**
 * Removes a task and all that belongs to it. The next task of a series is created when one ends, so that a series without
 * its READY task is over.
 * @throws CommandError if there is no such task or a run holds it
 */
export async function removeTask(context: CommandContext, task: TaskReference): Promise<number> {
  await withExistingStore(context, async (store) => {
    if ('id' in task) {
      refuseUnlessDone(await store.servicesTaskLifecycle.remove(task.id, leaseTimes(context)), task.id);
    } else if (!(await store.hdpTaskLifecycle.remove(task.uuid))) throw missing(task.uuid);
  });
  printMessage(context, `Task ${nameOf(task)} is removed.`);
  return 0;
}

/**
 * Puts a Services task back to READY, or a failed HDP task back to Received.
 * @throws CommandError if there is no such task, a run holds it, or it has not failed
 */
export async function resetTask(context: CommandContext, task: TaskReference): Promise<number> {
  await withExistingStore(context, async (store) => {
    if ('id' in task) {
      refuseUnlessDone(await store.servicesTaskLifecycle.reset(task.id, leaseTimes(context)), task.id);
    } else await retry(context, store, task.uuid);
  });
  printMessage(context, `Task ${nameOf(task)} is ${'id' in task ? 'READY' : 'Received'} again.`);
  return 0;
}

async function retry(context: CommandContext, { hdpTaskLifecycle }: Store, uuid: string): Promise<void> {
  const found = await hdpTaskLifecycle.retry(uuid, {
    now: context.now(),
    newUlid: createUlids(context.randomBytes),
  });
  if (found === undefined) throw missing(uuid);
  if (!isFailed(found)) throw new CommandError(`Task ${uuid} has not failed: its status is ${found}.`);
}

function leaseTimes(context: CommandContext) {
  const now = context.now();
  return { now, until: now + LEASE_MS };
}

function refuseUnlessDone(outcome: 'removed' | 'reset' | 'missing' | 'running', id: number): void {
  if (outcome === 'missing') throw missing(id);
  if (outcome === 'running') {
    throw new CommandError(`Task ${id} is running; run the command again when it has ended.`);
  }
}

const missing = (task: number | string) => new CommandError(`There is no task ${task}.`);
const nameOf = (task: TaskReference) => ('id' in task ? task.id : task.uuid);
