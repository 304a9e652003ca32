import type Database from 'better-sqlite3';
import type { Changes } from '../model/changes.ts';

/** An imported id below this raises the sequence; one from here on does not, so that no import exhausts the ids. */
const SEQUENCE_LIMIT = 2 ** 52;

/** The ids of Services tasks. An id is never given twice, also after its task was removed. */
export function prepareServicesTaskIds(sqlite: Database.Database) {
  const last = sqlite
    .prepare<[], number>("SELECT last FROM id_sequences WHERE name = 'services_tasks'")
    .pluck();
  const exists = sqlite.prepare<[number], number>('SELECT 1 FROM services_tasks WHERE id = ?').pluck();
  const raise = sqlite.prepare<[number, number]>(
    "UPDATE id_sequences SET last = CAST(? AS INTEGER) WHERE name = 'services_tasks' AND last < ?",
  );
  return {
    /** Returns the next id that no task has or had. */
    next(changes: Changes): number {
      let id = Math.max(last.get() ?? 0, changes.highestServicesId()) + 1;
      while (exists.get(id) !== undefined) id += 1;
      changes.addServicesId(id);
      return id;
    },
    /** Notes the id of a task that brings one. */
    bring(changes: Changes, id: number): void {
      if (id < SEQUENCE_LIMIT) changes.addServicesId(id);
    },
    /** Stores the highest id of a transaction. */
    store(highest: number): void {
      raise.run(highest, highest);
    },
  };
}
