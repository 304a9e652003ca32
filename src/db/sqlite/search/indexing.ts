import type Database from 'better-sqlite3';
import { prepareNgramFolding } from './short-terms.ts';

/**
 * Prepares the indexing step, which the caller runs in a write transaction: it takes up to `batch` more tasks into the
 * trigram index of uuids, and as many pending changes into the n-gram counts.
 * @returns how many it took, of whichever were more; 0 when nothing is left
 */
export function prepareIndexing(sqlite: Database.Database): (batch: number) => number {
  const foldPending = prepareNgramFolding(sqlite);
  const indexedUpTo = sqlite
    .prepare<[], number>("SELECT value FROM derived_state WHERE part = 'uuids'")
    .pluck();
  const next = sqlite
    .prepare<[number, number], number>('SELECT id FROM hdp_tasks WHERE id > ? ORDER BY id LIMIT ?')
    .pluck();
  const index = sqlite.prepare(
    'INSERT INTO hdp_uuid_grams (rowid, uuid) SELECT id, uuid FROM hdp_tasks WHERE id > ? AND id <= ? ORDER BY id',
  );
  const advance = sqlite.prepare("UPDATE derived_state SET value = CAST(? AS INTEGER) WHERE part = 'uuids'");
  return (batch) => {
    const changes = foldPending(batch);
    const mark = indexedUpTo.get() ?? 0;
    const ids = next.all(mark, batch);
    const last = ids.at(-1);
    if (last === undefined) return changes;
    index.run(mark, last);
    advance.run(last);
    return Math.max(ids.length, changes);
  };
}
