import type { Config } from '../config.ts';
import type { Store } from '../db/open.ts';
import { exportSourceOf, tightenRetailSource } from './retail.ts';
import { hasNoTasks, loadSeeds } from './seed.ts';

export interface PrepareOptions {
  /** Loads the seeds into an empty database. */
  demo: boolean;
  /** Unix milliseconds. */
  now: number;
  /** Called with a sentence for each file that other users of the machine could reach. */
  warn(message: string): void;
}

/**
 * Does once what `serve` needs before it listens: file rights, migration and, with `demo`, the seeds.
 * @returns the path of the database that exports read, if there is one
 */
export async function prepareDatabase(
  config: Config,
  store: Store,
  { demo, now, warn }: PrepareOptions,
): Promise<string | undefined> {
  tightenRetailSource(config.databaseUrl, warn);
  await store.migrate();
  const exportSourceUrl = exportSourceOf(config, { demo, now });
  if (demo && (await hasNoTasks(store))) await loadSeeds(store, now);
  return exportSourceUrl;
}
