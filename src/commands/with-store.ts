import { parseConfig } from '../config.ts';
import { openStore, type Store } from '../db/open.ts';
import { IN_MEMORY } from '../lib/path-variable.ts';
import { removeAbandonedImports } from './abandoned-imports.ts';
import { type CommandContext, CommandError, printMessage } from './command.ts';
import { startTaskProgress } from './progress.ts';

/**
 * Opens the configured database, creates it if it does not exist, migrates it, runs `work` and closes it. Refuses a database
 * in memory, because its content would be lost. Removes the tasks of killed imports first.
 * @param work receives true if the tables were created
 * @throws ConfigError, CommandError, DatabaseError
 */
export const withStore = <T>(
  context: CommandContext,
  work: (store: Store, isNew: boolean) => Promise<T>,
): Promise<T> => withOpenedStore(context, false, work);

/**
 * Opens the configured database in the same way, but throws if it does not exist or is empty.
 * @throws ConfigError, DatabaseError
 */
export const withExistingStore = <T>(
  context: CommandContext,
  work: (store: Store) => Promise<T>,
): Promise<T> => withOpenedStore(context, true, work);

async function withOpenedStore<T>(
  context: CommandContext,
  mustExist: boolean,
  work: (store: Store, isNew: boolean) => Promise<T>,
): Promise<T> {
  const onWarning = (warning: string) => printMessage(context, `taskgate: Warning: ${warning}.`);
  const { databaseUrl, synchronousCommit } = parseConfig(context.env);
  if (databaseUrl === IN_MEMORY && !mustExist) {
    throw new CommandError(
      'A database in memory exists only until the command ends; set DATABASE_URL to a file.',
    );
  }
  const store = openStore(databaseUrl, { synchronousCommit, onWarning, mustExist, now: context.now });
  try {
    const progress = startTaskProgress(context);
    const isNew = await store.migrate(progress.update).finally(progress.stop);
    await removeAbandonedImports(context, store);
    return await work(store, isNew);
  } finally {
    await store.close();
  }
}
