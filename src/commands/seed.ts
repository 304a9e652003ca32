import { hasNoTasks, loadSeeds } from '../demo/seeds.ts';
import { type CommandContext, CommandError, printMessage } from './command.ts';
import { withStore } from './with-store.ts';

/** Loads `seeds/`; with `force` also into a database that has tasks, putting the seeds' own tasks back as they were. */
export async function seed(context: CommandContext, { force }: { force: boolean }): Promise<number> {
  await withStore(context, async (store) => {
    if (!force && !(await hasNoTasks(store))) {
      throw new CommandError('The database already has tasks; --force loads the seeds beside them.');
    }
    await loadSeeds(store, context.now());
  });
  printMessage(context, 'The seeds are loaded.');
  return 0;
}
