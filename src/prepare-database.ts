import type { Config } from './config.ts';
import type { Store } from './db/open.ts';
import { type ExportSourceOptions, exportSourceOf, tightenRetailSource } from './demo/retail.ts';
import { hasNoTasks, loadSeeds } from './demo/seeds.ts';

export interface PrepareOptions extends ExportSourceOptions {
  /** Called with a sentence for each file that other users of the machine could reach. */
  warn(message: string): void;
}

/**
 * Does once what a server needs before it listens: file rights, migration and, for a demo, the seeds and the retail data.
 * @returns the path of the database that exports read, if there is one
 */
export async function prepareDatabase(
  config: Pick<Config, 'databaseUrl' | 'exportSourceUrl'>,
  store: Store,
  { warn, ...options }: PrepareOptions,
): Promise<string | undefined> {
  tightenRetailSource(config.databaseUrl, warn);
  await store.migrate();
  const exportSourceUrl = exportSourceOf(config, options);
  if (options.demo && (await hasNoTasks(store))) await loadSeeds(store, options.now);
  return exportSourceUrl;
}
