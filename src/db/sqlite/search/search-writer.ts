import type Database from 'better-sqlite3';
import type { SearchChange } from '../../model/changes.ts';
import { createPendingChanges } from './pending-changes.ts';
import { createSearchBlocks } from './search-blocks.ts';
import { PROGRAMS } from './tables.ts';

/** More changes than this in one transaction are counted into the search blocks at once, not stored as pending. */
const MAX_PENDING_CHANGES = 500;

/** Prepares a function that writes changes to the search index, in the transaction that has changed the tasks. */
export function prepareSearchWriter(sqlite: Database.Database): (changes: readonly SearchChange[]) => void {
  const countTasks = sqlite.prepare<[number, number]>(
    `UPDATE ${PROGRAMS} SET tasks = tasks + ? WHERE id = ?`,
  );
  const pending = createPendingChanges(sqlite);
  const blocks = createSearchBlocks(sqlite);
  return (changes) => {
    const taskCounts = new Map<number, number>();
    for (const { programId, change } of changes) {
      if (programId !== null) taskCounts.set(programId, (taskCounts.get(programId) ?? 0) + change);
    }
    for (const [programId, count] of taskCounts) if (count !== 0) countTasks.run(count, programId);
    if (changes.length > MAX_PENDING_CHANGES) blocks.apply(changes);
    else for (const change of changes) pending.append(change);
  };
}
