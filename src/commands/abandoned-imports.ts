import { isUnavailable, type Store } from '../db/open.ts';
import { messageOf } from '../lib/error-text.ts';
import { type CommandContext, say } from './command.ts';

/** Removes the tasks of imports that were killed before they were finished, and says so. A database that cannot be written does not end the command. */
export async function removeAbandonedImports(context: CommandContext, store: Store): Promise<void> {
  try {
    const removed = await store.imports.removeAbandoned(context.now());
    if (removed > 0) say(context, `Removed ${removed} tasks of an import that was killed before its end.`);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    say(
      context,
      `taskgate: Warning: The tasks of an import that was killed cannot be removed: ${messageOf(error)}.`,
    );
  }
}
