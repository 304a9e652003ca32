import type Database from 'better-sqlite3';
import type { Changes } from '../model/changes.ts';

/** Imported ids from here on do not raise the sequence, so that no import can exhaust the ids. */
const SEQUENCE_LIMIT = 2 ** 52;

/** Assigns the ids of Services tasks. An id is never assigned again, even after its task was removed. */
export function prepareServicesTaskIds(sqlite: Database.Database) {
  const last = sqlite
    .prepare<[], number>("SELECT last FROM id_sequences WHERE name = 'services_tasks'")
    .pluck();
  const exists = sqlite.prepare<[number], number>('SELECT 1 FROM services_tasks WHERE id = ?').pluck();
  const raise = sqlite.prepare<[number, number]>(
    "UPDATE id_sequences SET last = CAST(? AS INTEGER) WHERE name = 'services_tasks' AND last < ?",
  );
  return {
    /** Returns the next unused id. */
    next(changes: Changes): number {
      let id = Math.max(last.get() ?? 0, changes.highestServicesId()) + 1;
      while (exists.get(id) !== undefined) id += 1;
      changes.addServicesId(id);
      return id;
    },
    /** Records an imported id as used. */
    use(changes: Changes, id: number): void {
      if (id < SEQUENCE_LIMIT) changes.addServicesId(id);
    },
    /** Stores the highest id of a transaction. */
    store(highest: number): void {
      raise.run(highest, highest);
    },
  };
}
