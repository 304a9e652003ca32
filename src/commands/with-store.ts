import { parseConfig } from '../config.ts';
import { openStore, type Store } from '../db/open.ts';
import { type CommandContext, say } from './command.ts';
import { startTaskProgress } from './progress.ts';

/**
 * Opens the configured database, brings it up to this version, runs `work` and closes it, whatever happens.
 * @throws ConfigError, DatabaseError
 */
export async function withStore<T>(context: CommandContext, work: (store: Store) => Promise<T>): Promise<T> {
  const store = openStore(parseConfig(context.env).databaseUrl, (warning) =>
    say(context, `taskgate: Warning: ${warning}.`),
  );
  try {
    const progress = startTaskProgress(context);
    await store.migrate(progress.update).finally(progress.stop);
    return await work(store);
  } finally {
    await store.close();
  }
}
