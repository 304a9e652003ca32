/** Imports that were killed before they were finished: commands remove their tasks, and other imports wait for that. */
import { setTimeout } from 'node:timers/promises';
import { isUnavailable, type Store } from '../db/open.ts';
import { messageOf } from '../lib/error-text.ts';
import { type CommandContext, printMessage } from './command.ts';

async function removeAndSay(context: CommandContext, store: Store): Promise<void> {
  const removed = await store.imports.removeAbandoned(context.now());
  if (removed > 0)
    printMessage(context, `Removed ${removed} tasks of an import that was killed before its end.`);
}

/** Removes them before a command runs, and says so. A database that cannot be written does not end the command. */
export async function removeAbandonedImports(context: CommandContext, store: Store): Promise<void> {
  try {
    await removeAndSay(context, store);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    printMessage(
      context,
      `taskgate: Warning: The tasks of an import that was killed cannot be removed: ${messageOf(error)}.`,
    );
  }
}

/** How often an import looks whether another has ended, in milliseconds. */
const LOOK_INTERVAL_MS = 250;

/**
 * Waits until no other import of the same API is unfinished, and undoes one that was killed when its lease has expired.
 * @param throwIfStopped called before each look; may throw to end the wait
 * @throws what the database throws when it cannot remove the tasks of a killed import
 */
export async function waitForOtherImport(
  context: CommandContext,
  store: Store,
  isBlocked: () => boolean,
  throwIfStopped: () => void,
): Promise<void> {
  if (!isBlocked()) return;
  printMessage(
    context,
    'Waiting for another import of the same API to end. If it was killed, its tasks are removed a minute after its last batch.',
  );
  while (isBlocked()) {
    throwIfStopped();
    await setTimeout(LOOK_INTERVAL_MS);
    await removeAndSay(context, store);
  }
}
