import { once } from 'node:events';
import type { Store } from '../db/open.ts';
import { toTaskJson as hdpJson } from '../hdp/adapter.ts';
import { toTaskJson as servicesJson } from '../services/adapter.ts';
import type { CommandContext } from './command.ts';
import type { Api } from './import.ts';
import { withExistingStore } from './with-store.ts';

/**
 * Prints tasks as NDJSON, as their API lists them: Services tasks by id, HDP tasks oldest first. All lines belong to one
 * snapshot of the database.
 */
export async function exportTasks(
  context: CommandContext,
  api: Api,
  options: { chain?: number },
): Promise<number> {
  await withExistingStore(context, (store) =>
    store.snapshot(async () => {
      let separator = '';
      for await (const lines of taskLines(store, api, options.chain)) {
        if (!context.stdout.write(separator + lines.join('\n'))) await once(context.stdout, 'drain');
        separator = '\n';
      }
      // A separate write, which fails if a full disk has shortened the previous one.
      context.stdout.write(separator);
    }),
  );
  return 0;
}

async function* taskLines(store: Store, api: Api, chain: number | undefined): AsyncGenerator<string[]> {
  if (api === 'hdp') {
    for await (const rows of store.hdpTasks.listAll()) yield rows.map(hdpJson);
  } else {
    const tasks =
      chain === undefined ? store.servicesTasks.listAcrossChains() : store.servicesTasks.listAll(chain);
    for await (const rows of tasks) yield rows.map(servicesJson);
  }
}
