import { expect, it } from 'vitest';
import { parseServicesTask } from '../../../src/ndjson/task-lines.ts';
import { openTestStore } from '../../support/stores.ts';
import { aServicesTask } from '../../support/tasks.ts';

const CHAIN = 1764;

/** More tasks than a page skips without looking for its block, in three blocks. */
const COUNT = 12_000;

const tasks = (ids: readonly number[]) =>
  ids.map((id) => parseServicesTask(JSON.stringify(aServicesTask({ id, chain: CHAIN }))));

it('a page of a list with blocks and pending changes begins at its offset', async () => {
  const store = await openTestStore();
  const ids = Array.from({ length: COUNT }, (_, n) => 2 * (n + 1));
  await store.servicesTasks.addAll(tasks(ids), { onConflict: 'error' });
  while ((await store.index(2000)) > 0);
  // The order of equal keys depends on the number of rows that the database sorts.
  for (let round = 0; round < 40; round += 1) {
    const added = Array.from({ length: 7 }, (_, n) => 14 * round + 2 * n + 1);
    await store.servicesTasks.addAll(tasks(added), { onConflict: 'error' });
    ids.push(...added);
    ids.sort((a, b) => a - b);
    for (const offset of [1100, 4095, 4096, 4200, 6000, 8300]) {
      const { rows, total } = await store.servicesTasks.list(CHAIN, {}, { limit: 3, offset });
      expect({ total, ids: rows.map(({ id }) => id) }).toEqual({
        total: ids.length,
        ids: ids.slice(offset, offset + 3),
      });
    }
  }
  await store.close();
});
