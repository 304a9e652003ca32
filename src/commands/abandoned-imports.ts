/** Imports that were killed. Commands remove their tasks, and other imports of the same API wait for that. */
import { setTimeout } from 'node:timers/promises';
import { isUnavailable, type Store } from '../db/open.ts';
import { messageOf } from '../lib/text.ts';
import { type CommandContext, printMessage } from './command.ts';

async function removeAndReport(context: CommandContext, store: Store): Promise<void> {
  const removed = await store.imports.removeAbandoned();
  if (removed > 0) printMessage(context, `Removed ${removed} tasks of an import that was killed.`);
}

/** Removes the tasks of killed imports before a command runs. If the database is unavailable, prints a warning. */
export async function removeAbandonedImports(context: CommandContext, store: Store): Promise<void> {
  try {
    await removeAndReport(context, store);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    printMessage(
      context,
      `taskgate: Warning: The tasks of an import that was killed cannot be removed: ${messageOf(error)}.`,
    );
  }
}

/** How often an import checks if another one has ended. */
const POLL_INTERVAL_MS = 250;

/**
 * Waits until no other import of the same API is unfinished. A killed import is undone when its lease has expired.
 * @param throwIfStopped called before each check; may throw to end the wait
 * @throws the error of the database if the tasks of a killed import cannot be removed
 */
export async function waitForOtherImport(
  context: CommandContext,
  store: Store,
  isBlocked: () => Promise<boolean>,
  throwIfStopped: () => void,
): Promise<void> {
  if (!(await isBlocked())) return;
  printMessage(
    context,
    'Waiting for another import of the same API to end. If it was killed, its tasks are removed a minute after its last batch.',
  );
  while (await isBlocked()) {
    throwIfStopped();
    await setTimeout(POLL_INTERVAL_MS);
    await removeAndReport(context, store);
  }
}
