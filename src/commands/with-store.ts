import { parseConfig } from '../config.ts';
import { openStore, type Store } from '../db/open.ts';
import { removeAbandonedImports } from './abandoned-imports.ts';
import { type CommandContext, say } from './command.ts';
import { startTaskProgress } from './progress.ts';

/**
 * Opens the configured database, creates it if it is missing, brings it up to this version, removes what imports left that were
 * killed, runs `work` and closes it.
 * @throws ConfigError, DatabaseError
 */
export const withStore = <T>(context: CommandContext, work: (store: Store) => Promise<T>): Promise<T> =>
  withOpenedStore(context, false, work);

/**
 * The same for commands that read or end what is stored: a missing or empty database is an error, and is not created.
 * @throws ConfigError, DatabaseError
 */
export const withExistingStore = <T>(
  context: CommandContext,
  work: (store: Store) => Promise<T>,
): Promise<T> => withOpenedStore(context, true, work);

async function withOpenedStore<T>(
  context: CommandContext,
  mustExist: boolean,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const onWarning = (warning: string) => say(context, `taskgate: Warning: ${warning}.`);
  const { databaseUrl, synchronousCommit } = parseConfig(context.env);
  const store = openStore(databaseUrl, { synchronousCommit, onWarning, mustExist });
  try {
    const progress = startTaskProgress(context);
    await store.migrate(progress.update).finally(progress.stop);
    await removeAbandonedImports(context, store);
    return await work(store);
  } finally {
    await store.close();
  }
}
