import { once } from 'node:events';
import type { Store } from '../db/open.ts';
import { toTaskJson as hdpJson } from '../hdp/adapter.ts';
import { toTaskJson as servicesJson } from '../services/adapter.ts';
import type { CommandContext } from './command.ts';
import type { Api } from './import.ts';
import { withExistingStore } from './with-store.ts';

/**
 * Prints every task as NDJSON, each line one task as its API lists it: Services tasks by id, HDP tasks oldest first.
 * All lines are of one moment, whatever is written meanwhile.
 */
export async function exportTasks(
  context: CommandContext,
  api: Api,
  options: { chain?: number },
): Promise<number> {
  await withExistingStore(context, (store) =>
    store.snapshot(async () => {
      let separator = '';
      for await (const lines of linesOf(store, api, options.chain)) {
        if (!context.stdout.write(separator + lines.join('\n'))) await once(context.stdout, 'drain');
        separator = '\n';
      }
      // A write of its own, which fails if a full disk has cut the last one short.
      context.stdout.write(separator);
    }),
  );
  return 0;
}

async function* linesOf(store: Store, api: Api, chain: number | undefined): AsyncGenerator<string[]> {
  if (api === 'hdp') {
    for await (const rows of store.hdpTasks.listAll()) yield rows.map(hdpJson);
  } else {
    const tasks =
      chain === undefined ? store.servicesTasks.listAcrossChains() : store.servicesTasks.listAll(chain);
    for await (const rows of tasks) yield rows.map(servicesJson);
  }
}
