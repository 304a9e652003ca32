import { type CommandContext, printMessage } from './command.ts';
import { withStore } from './with-store.ts';

/** Brings the database up to this version of the tables. */
export async function migrate(context: CommandContext): Promise<number> {
  await withStore(context, async () => printMessage(context, 'The database is up to date.'));
  return 0;
}
