import { hasNoTasks, loadSeeds } from '../demo/seeds.ts';
import { type CommandContext, CommandError, printMessage } from './command.ts';
import { withStore } from './with-store.ts';

/** Loads `seeds/` into an empty database. With `force`, the database may have tasks; tasks of the seeds are restored. */
export async function seed(context: CommandContext, { force }: { force: boolean }): Promise<number> {
  await withStore(context, async (store) => {
    if (!force && !(await hasNoTasks(store))) {
      throw new CommandError(
        'The database already has tasks. Use --force to load the demo tasks and credentials as well.',
      );
    }
    await loadSeeds(store, context.now());
  });
  printMessage(context, 'The demo tasks and credentials are loaded.');
  return 0;
}
