import type { Config } from './config.ts';
import type { Store } from './db/open.ts';
import { type ExportSourceOptions, exportSourceOf, tightenRetailSource } from './demo/retail.ts';
import { hasNoTasks, loadSeeds } from './demo/seeds.ts';

export interface PrepareOptions extends ExportSourceOptions {
  /** Receives a sentence for each file whose permissions were too open. */
  warn(message: string): void;
}

/**
 * Prepares the database before a server listens: file permissions, migration and, for a demo, the seeds and retail data.
 * @returns the path of the database that exports read; undefined if there is none
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
