/** The trigram index of uuids, and the indexing step that fills it. */
import type Database from 'better-sqlite3';
import { indexedPart } from '../../model/uuid-terms.ts';
import { createSearchBlocks } from './search-blocks.ts';
import { INDEXED_PART, INDEXED_UP_TO, STATE, TRIGRAMS } from './tables.ts';

/**
 * Prepares the indexing step, which runs in the caller's write transaction. It adds up to `batch` tasks to the trigram
 * index, and counts up to `batch` pending changes in the search blocks.
 * @returns a function that returns the larger of the two numbers; 0 if nothing is left
 */
export function prepareIndexing(sqlite: Database.Database): (batch: number) => number {
  const blocks = createSearchBlocks(sqlite);
  const indexedUpTo = sqlite
    .prepare<[], number>(`SELECT value FROM ${STATE} WHERE part = '${INDEXED_UP_TO}'`)
    .pluck();
  const next = sqlite
    .prepare<[number, number], number>('SELECT id FROM hdp_tasks WHERE id > ? ORDER BY id LIMIT ?')
    .pluck();
  const index = sqlite.prepare(
    `INSERT INTO ${TRIGRAMS} (rowid, uuid) SELECT id, ${INDEXED_PART} FROM hdp_tasks WHERE id > ? AND id <= ? ORDER BY id`,
  );
  const advance = sqlite.prepare(
    `UPDATE ${STATE} SET value = CAST(? AS INTEGER) WHERE part = '${INDEXED_UP_TO}'`,
  );
  return (batch) => {
    const changes = blocks.applyPending(batch);
    const before = indexedUpTo.get() ?? 0;
    const ids = next.all(before, batch);
    const last = ids.at(-1);
    if (last === undefined) return changes;
    index.run(before, last);
    advance.run(last);
    return Math.max(ids.length, changes);
  };
}

/** Prepares a function that removes a task from the index, if the index has it. Call it before the task is deleted. */
export function prepareUnindexing(sqlite: Database.Database): (id: number, uuid: string) => void {
  const removal = sqlite.prepare<[number, string, number]>(
    `INSERT INTO ${TRIGRAMS} (${TRIGRAMS}, rowid, uuid)
     SELECT 'delete', ?, ? WHERE ? <= (SELECT value FROM ${STATE} WHERE part = '${INDEXED_UP_TO}')`,
  );
  return (id, uuid) => {
    removal.run(id, indexedPart(uuid), id);
  };
}
