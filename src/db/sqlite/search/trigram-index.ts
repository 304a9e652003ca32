/** The indexing step: it takes new tasks into the trigram index and counts pending changes into the search blocks. */

import { withoutWaiting } from '../../queries/write.ts';
import type { SqliteConnection } from '../../sqlite.ts';
import { createSearchBlocks } from './search-blocks.ts';
import { INDEXED_PART, INDEXED_UP_TO, STATE, TRIGRAMS } from './tables.ts';

/**
 * Takes more tasks into the trigram index, and as many pending changes into the search blocks.
 * @param options without `waits` it fails with SQLITE_BUSY at once while another connection writes
 * @returns the larger number of the two
 */
export function indexUuids(db: SqliteConnection, batch: number, { waits } = { waits: true }): number {
  const { $client: sqlite } = db;
  const indexedUpTo = sqlite
    .prepare<[], number>(`SELECT value FROM ${STATE} WHERE part = '${INDEXED_UP_TO}'`)
    .pluck();
  const next = sqlite
    .prepare<[number, number], number>('SELECT id FROM hdp_tasks WHERE id > ? ORDER BY id LIMIT ?')
    .pluck();
  const index = sqlite.prepare(
    `INSERT INTO ${TRIGRAMS} (rowid, uuid) SELECT id, ${INDEXED_PART} FROM hdp_tasks WHERE id > ? AND id <= ? ORDER BY id`,
  );
  const move = sqlite.prepare(
    `UPDATE ${STATE} SET value = CAST(? AS INTEGER) WHERE part = '${INDEXED_UP_TO}'`,
  );
  const step = sqlite.transaction(() => {
    const changes = createSearchBlocks(db).applyPending(batch);
    const before = indexedUpTo.get() ?? 0;
    const ids = next.all(before, batch);
    const last = ids.at(-1);
    if (last === undefined) return changes;
    index.run(before, last);
    move.run(last);
    return Math.max(ids.length, changes);
  });
  if (waits) return step.immediate();
  return withoutWaiting(sqlite, () => step.immediate());
}
