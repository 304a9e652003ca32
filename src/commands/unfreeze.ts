import { parseConfig } from '../config.ts';
import { unfreezeDatabase } from '../db/open.ts';
import { type CommandContext, printMessage } from './command.ts';

/** Lets a database that `migrate-to --freeze` has frozen be changed again. */
export async function unfreeze(context: CommandContext): Promise<number> {
  const wasFrozen = await unfreezeDatabase(parseConfig(context.env).databaseUrl);
  printMessage(context, wasFrozen ? 'The database can be changed again.' : 'The database is not frozen.');
  return 0;
}
