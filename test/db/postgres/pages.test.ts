import { expect, it } from 'vitest';
import { parseServicesTask } from '../../../src/ndjson/task-lines.ts';
import { openTestStore } from '../../support/stores.ts';
import { aServicesTask } from '../../support/tasks.ts';

const CHAIN = 1764;

/** More tasks than a page skips without looking for its block. */
const COUNT = 6000;

const tasks = (ids: readonly number[]) =>
  ids.map((id) => parseServicesTask(JSON.stringify(aServicesTask({ id, chain: CHAIN }))));

it('a page of a list with blocks and pending changes begins at its offset', async () => {
  const store = await openTestStore();
  const even = Array.from({ length: COUNT }, (_, n) => 2 * (n + 1));
  await store.servicesTasks.addAll(tasks(even), { onConflict: 'error' });
  while ((await store.index(COUNT)) > 0);
  const odd = Array.from({ length: 300 }, (_, n) => 2 * n + 1);
  await store.servicesTasks.addAll(tasks(odd), { onConflict: 'error' });
  const expected = [...even, ...odd].sort((a, b) => a - b);
  for (let offset = 1025; offset < expected.length - 1100; offset += 97) {
    const { rows, total } = await store.servicesTasks.list(CHAIN, {}, { limit: 3, offset });
    expect({ total, ids: rows.map(({ id }) => id) }).toEqual({
      total: expected.length,
      ids: expected.slice(offset, offset + 3),
    });
  }
  await store.close();
});
