/** Random changes of HDP tasks whose uuids and programs share terms, and the searches that they must not break. */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Page, Slice, Store } from '../../src/db/store.ts';
import { addHdpTasks } from './gateway.ts';
import { expectedHdpPage } from './model.ts';
import { anHdpTask, type HdpWire, ulid } from './tasks.ts';

// Most uuids follow the time, as ULIDs do; some do not. Terms occur at every position, and in programs, too.
const letters = (length: number) =>
  fc.array(fc.constantFrom(...'01JKA7'), { minLength: length, maxLength: length }).map((all) => all.join(''));
const heads = fc.oneof(
  fc.constantFrom('01J', '01K', '01JA7'),
  letters(2).map((two) => `7${two}`),
);
const program = fc.constantFrom(null, 'job_01k', '7a', 'xyz', 'jka', 'none');
const task = fc
  .record({ head: heads, rest: letters(23), second: fc.integer({ min: 0, max: 59 }), program })
  .map(({ head, rest, second, program: programName }) =>
    anHdpTask({
      uuid: (head + rest).slice(0, 26),
      createdAt: `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`,
      programName,
    }),
  );
export const searchTasks = fc.uniqueArray(task, {
  selector: ({ uuid }) => uuid,
  minLength: 1,
  maxLength: 12,
});
export const searchChange = fc.oneof(
  searchTasks.map((some) => ({ kind: 'insert' as const, some })),
  searchTasks.map((some) => ({ kind: 'bulk' as const, some })),
  fc.record({ kind: fc.constant('reprogram' as const), at: fc.nat(), to: program }),
  fc.record({ kind: fc.constant('move' as const), at: fc.nat(), second: fc.integer({ min: 0, max: 59 }) }),
  fc.record({ kind: fc.constant('delete' as const), at: fc.nat(), count: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ kind: fc.constant('index' as const), batch: fc.integer({ min: 1, max: 30 }) }),
);
export type SearchChange = typeof searchChange extends fc.Arbitrary<infer Value> ? Value : never;

const TERMS = [
  '0',
  'j',
  'a7',
  'jk',
  '01j',
  '01k',
  '1ja',
  'ka7',
  'jka',
  '01ja7',
  '01ja70',
  '01ja7jk1',
  'xyz',
  'job_',
  'é',
  'zzz',
];

/** Tasks in a dozen blocks. Some match by prefix, some by program, some by both. */
export const SEARCH_START = Array.from({ length: 36 }, (_, n) =>
  anHdpTask({
    uuid: `01${n % 3 === 0 ? 'K' : 'J'}A7JK${ulid(n * 37).slice(7)}`,
    createdAt: `2026-01-01T00:00:${String(n).padStart(2, '0')}Z`,
    programName: n % 4 === 0 ? 'job_01k' : null,
  }),
);

/** Makes a change through one of two stores of a database, and in the model. */
export async function makeSearchChange(
  one: SearchChange,
  model: Map<string, HdpWire>,
  [store, otherStore]: readonly [Store, Store],
): Promise<void> {
  const chosen = (at: number) => [...model.values()][at % Math.max(1, model.size)];
  switch (one.kind) {
    case 'insert':
    case 'bulk': {
      const fresh = one.some.filter(({ uuid }) => !model.has(uuid));
      for (const added of fresh) model.set(added.uuid, added);
      if (one.kind === 'bulk') await addHdpTasks(store, ...fresh);
      else for (const added of fresh) await addHdpTasks(store, added);
      return;
    }
    case 'reprogram': {
      const found = chosen(one.at);
      if (!found) return;
      const changed = { ...found, programName: one.to };
      model.set(found.uuid, changed);
      await addHdpTasks(otherStore, changed);
      return;
    }
    case 'move': {
      const found = chosen(one.at);
      if (!found) return;
      const createdAt = `2026-01-01T00:00:${String(one.second).padStart(2, '0')}Z`;
      const changed = { ...found, createdAt };
      model.set(found.uuid, changed);
      await addHdpTasks(otherStore, changed);
      return;
    }
    case 'delete':
      for (let n = 0; n < one.count; n += 1) {
        const found = chosen(one.at + n);
        if (!found) continue;
        model.delete(found.uuid);
        await otherStore.hdpTaskLifecycle.remove(found.uuid);
      }
      return;
    case 'index':
      await store.index(one.batch);
  }
}

/** Expects the page and the total of each term at the begin, in the middle, at the end and after it. */
export async function expectSearches(
  model: ReadonlyMap<string, HdpWire>,
  search: (term: string, slice: Slice) => Page<{ uuid: string }> | Promise<Page<{ uuid: string }>>,
): Promise<void> {
  for (const term of TERMS) {
    const expected = expectedHdpPage([...model.values()], {
      hdp_tasks_search: term,
      hdp_tasks_per_page: 1000,
    });
    const total = expected.tasks.length;
    for (const offset of new Set([0, total >> 1, Math.max(0, total - 3), total])) {
      const page = await search(term, { limit: 3, offset });
      expect({ total: page.total, uuids: page.rows.map(({ uuid }) => uuid) }, `${term} at ${offset}`).toEqual(
        {
          total,
          uuids: expected.tasks.slice(offset, offset + 3).map(({ uuid }) => uuid),
        },
      );
    }
  }
}
