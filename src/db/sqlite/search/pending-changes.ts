/** Changes of tasks that no search block has counted yet, oldest first. */
import type { SortKey } from '../../model/sort-key.ts';
import type { SqliteConnection } from '../../sqlite.ts';
import { PENDING } from './tables.ts';

/** A task that was added to the list or to a program (`change` 1), or removed from it (-1). */
export interface TaskChange extends SortKey {
  programId: number | null;
  change: number;
}

export interface PendingChange extends TaskChange {
  id: number;
}

export function createPendingChanges(db: SqliteConnection) {
  const { $client: sqlite } = db;
  const oldest = sqlite.prepare<[number], PendingChange>(
    `SELECT id, created_at AS position, uuid AS tie, program_id AS programId, change FROM ${PENDING} ORDER BY id LIMIT ?`,
  );
  const append = sqlite.prepare(
    `INSERT INTO ${PENDING} (created_at, uuid, program_id, change) VALUES (CAST(? AS INTEGER), ?, ?, ?)`,
  );
  const remove = sqlite.prepare(`DELETE FROM ${PENDING} WHERE id <= ?`);
  return {
    /** Returns all changes, or the oldest ones up to a limit. */
    list: (limit = -1): PendingChange[] => oldest.all(limit),
    append: ({ position, tie, programId, change }: TaskChange): void =>
      void append.run(position, tie, programId, change),
    /** Removes the changes up to an id; they must have been counted in the same transaction. */
    removeUpTo: (id: number): void => void remove.run(id),
    clear: (): void => void sqlite.exec(`DELETE FROM ${PENDING}`),
  };
}
