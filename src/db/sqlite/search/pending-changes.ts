/** Changes of tasks that no search block has counted yet. */

import type Database from 'better-sqlite3';
import type { SearchChange } from '../../model/changes.ts';
import type { SortKey } from '../../model/sort-key.ts';
import { PENDING } from './tables.ts';

export interface PendingChange extends SearchChange {
  id: number;
}

export function createPendingChanges(sqlite: Database.Database) {
  const oldest = sqlite.prepare<[number], PendingChange>(
    `SELECT id, created_at AS position, uuid AS tie, program_id AS programId, change FROM ${PENDING} ORDER BY id LIMIT ?`,
  );
  const append = sqlite.prepare(
    `INSERT INTO ${PENDING} (created_at, uuid, program_id, change) VALUES (CAST(? AS INTEGER), ?, ?, ?)`,
  );
  const remove = sqlite.prepare(`DELETE FROM ${PENDING} WHERE id <= ?`);
  const removeBetween = sqlite.prepare(
    `DELETE FROM ${PENDING} WHERE (created_at, uuid) >= (?, ?) AND (created_at, uuid) < (?, ?)`,
  );
  return {
    /** Returns the changes, oldest first. @param limit -1 for all */
    list: (limit = -1): PendingChange[] => oldest.all(limit),
    append: ({ position, tie, programId, change }: SearchChange): void =>
      void append.run(position, tie, programId, change),
    /** Removes the changes up to an id, in the transaction that counts them. */
    removeUpTo: (id: number): void => void remove.run(id),
    /** Removes the changes from one key up to another, in the transaction that counts them. */
    removeBetween: (from: SortKey, to: SortKey): void =>
      void removeBetween.run(from.position, from.tie, to.position, to.tie),
    clear: (): void => void sqlite.exec(`DELETE FROM ${PENDING}`),
  };
}
