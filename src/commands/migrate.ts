import { type CommandContext, printMessage } from './command.ts';
import { withStore } from './with-store.ts';

/** Creates the database if it does not exist, and brings it up to this version. */
export async function migrate(context: CommandContext): Promise<number> {
  await withStore(context, async (_, isNew) =>
    printMessage(context, isNew ? 'The tables were created.' : 'The database is up to date.'),
  );
  return 0;
}
