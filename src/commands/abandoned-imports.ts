/** Removes the tasks of imports that were killed before they were finished. */
import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isUnavailable, type Store } from '../db/open.ts';
import { type CommandContext, messageOf, say } from './command.ts';

async function removeAndSay(context: CommandContext, store: Store): Promise<void> {
  const removed = await store.imports.removeAbandoned(context.now());
  if (removed > 0) say(context, `Removed ${removed} tasks of an import that was killed before its end.`);
}

/** Removes them before a command runs, and says so. A database that cannot be written does not end the command. */
export async function removeAbandonedImports(context: CommandContext, store: Store): Promise<void> {
  try {
    await removeAndSay(context, store);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    say(
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
  say(
    context,
    'Waiting for another import that is running, or was killed less than a minute ago, so that its tasks may still be removed.',
  );
  while (isBlocked()) {
    throwIfStopped();
    await setTimeout(LOOK_INTERVAL_MS);
    await removeAndSay(context, store);
  }
}

const CHECK_INTERVAL_MS = 30_000;

/** So short that requests do not wait for a batch. */
const SERVER_BATCH_MS = 10;

/** Looks for such imports now and every 30 seconds, and removes their tasks in the background. */
export function watchAbandonedImports(
  store: Store,
  log: Logger,
  now: () => number,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const options = { batchMs: SERVER_BATCH_MS, signal: stopping.signal };
  let removal = Promise.resolve();
  const remove = async () => {
    try {
      const tasks = await store.imports.removeAbandoned(now(), options);
      if (tasks > 0) log.warn({ tasks }, 'removed the tasks of an import that was killed');
    } catch (error) {
      log.warn({ err: error }, 'removing the tasks of an import that was killed failed');
    }
  };
  const check = () => {
    removal = removal.then(remove);
  };
  check();
  const timer = setInterval(check, CHECK_INTERVAL_MS);
  return {
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await removal;
    },
  };
}
