import { isFailed } from '../db/model/hdp-stages.ts';
import type { Store } from '../db/open.ts';
import { createUlids } from '../lib/ulids.ts';
import { LEASE_MS } from '../runner/start.ts';
import { type CommandContext, CommandError, printMessage } from './command.ts';
import { withExistingStore } from './with-store.ts';

/** A Services task by its id, or an HDP task by its uuid. */
export type TaskReference = { id: number } | { uuid: string };

/**
 * Removes a task with its logs and files. Removing the READY task of a series ends the series.
 * @throws CommandError if there is no such task, or a run holds its lease
 */
export async function removeTask(context: CommandContext, task: TaskReference): Promise<number> {
  await withExistingStore(context, async (store) => {
    if ('id' in task) {
      throwUnlessDone(await store.servicesTaskLifecycle.remove(task.id, LEASE_MS), task.id);
    } else if (!(await store.hdpTaskLifecycle.remove(task.uuid))) throw notFound(task.uuid);
  });
  printMessage(context, `Task ${nameOf(task)} was removed.`);
  return 0;
}

/**
 * Puts a Services task back to READY, or a failed HDP task back to Received.
 * @throws CommandError if there is no such task, a run holds its lease, or an HDP task has not failed
 */
export async function resetTask(context: CommandContext, task: TaskReference): Promise<number> {
  await withExistingStore(context, async (store) => {
    if ('id' in task) {
      throwUnlessDone(await store.servicesTaskLifecycle.reset(task.id, LEASE_MS), task.id);
    } else await retryHdpTask(context, store, task.uuid);
  });
  printMessage(context, `Task ${nameOf(task)} is ${'id' in task ? 'READY' : 'Received'} again.`);
  return 0;
}

async function retryHdpTask(
  context: CommandContext,
  { hdpTaskLifecycle }: Store,
  uuid: string,
): Promise<void> {
  const status = await hdpTaskLifecycle.retry(uuid, {
    now: context.now(),
    newUlid: createUlids(context.randomBytes),
  });
  if (status === undefined) throw notFound(uuid);
  if (!isFailed(status)) throw new CommandError(`Task ${uuid} has not failed: its status is ${status}.`);
}

function throwUnlessDone(outcome: 'removed' | 'reset' | 'missing' | 'running', id: number): void {
  if (outcome === 'missing') throw notFound(id);
  if (outcome === 'running') {
    throw new CommandError(`Task ${id} is running; run the command again when the run has ended.`);
  }
}

const notFound = (task: number | string) => new CommandError(`There is no task ${task}.`);
const nameOf = (task: TaskReference) => ('id' in task ? task.id : task.uuid);
