import type Database from 'better-sqlite3';
import type { SearchChange } from '../../model/changes.ts';
import { createPendingChanges } from './pending-changes.ts';
import { createSearchBlocks } from './search-blocks.ts';
import { PROGRAMS } from './tables.ts';

/** More changes than this are counted into the search blocks at once; fewer wait for the indexing step. */
const MAX_PENDING = 500;

/** Prepares the writing of changes of the search index, in the transaction that has changed the tasks. */
export function prepareSearchWriter(sqlite: Database.Database): (changes: readonly SearchChange[]) => void {
  const countTasks = sqlite.prepare<[number, number]>(
    `UPDATE ${PROGRAMS} SET tasks = tasks + ? WHERE id = ?`,
  );
  const pending = createPendingChanges(sqlite);
  const blocks = createSearchBlocks(sqlite);
  return (changes) => {
    const sums = new Map<number, number>();
    for (const { programId, change } of changes) {
      if (programId !== null) sums.set(programId, (sums.get(programId) ?? 0) + change);
    }
    for (const [programId, sum] of sums) if (sum !== 0) countTasks.run(sum, programId);
    if (changes.length > MAX_PENDING) blocks.apply(changes);
    else for (const change of changes) pending.append(change);
  };
}
