import { LEASE_MS } from '../runner/start.ts';
import { type CommandContext, CommandError, say } from './command.ts';
import { withExistingStore } from './with-store.ts';

/**
 * Removes a Services task with its log. The next task of a series is created when one ends, so that a series without
 * its READY task is over.
 * @throws CommandError if there is no such task or a run holds it
 */
export async function removeTask(context: CommandContext, id: number): Promise<number> {
  const now = context.now();
  await withExistingStore(context, async ({ servicesTaskLifecycle }) => {
    const outcome = await servicesTaskLifecycle.remove(id, { now, until: now + LEASE_MS });
    if (outcome === 'missing') throw new CommandError(`There is no task ${id}.`);
    if (outcome === 'running') {
      throw new CommandError(`Task ${id} is running; run the command again when it has ended.`);
    }
  });
  say(context, `Task ${id} is removed.`);
  return 0;
}
