import type { NewHdpTask } from '../schema.ts';
import type { SqliteConnection } from '../store.ts';
import { createShortTermsBuilder, termsOfProgram } from './short-terms.ts';

/** What is searched of a task. */
type Searched = Pick<NewHdpTask, 'uuid' | 'programHash' | 'programName'>;

/** Counts are written when so many programs wait, which keeps the memory flat. */
const MOST_PENDING = 50_000;

/**
 * Keeps what the search of HDP tasks rests on for many new tasks at once, as the triggers of the migration
 * `hdp_short_terms` would one by one: the programs with their number of tasks, the counts of short terms, and the index of
 * uuids where it covers the new task's id.
 */
export function createSearchBuilder(db: SqliteConnection) {
  const { $client: sqlite } = db;
  const programs = new Map<string, { id: number; added: number; terms: readonly number[] }>();
  const shortTerms = createShortTermsBuilder(db);
  const make = sqlite.prepare(
    'INSERT INTO hdp_programs (identity, hash, name, tasks) VALUES (json_array(?, ?), ?, ?, 0) ON CONFLICT DO NOTHING',
  );
  const find = sqlite
    .prepare<[string | null, string | null], number>(
      'SELECT id FROM hdp_programs WHERE identity = json_array(?, ?)',
    )
    .pluck();
  const count = sqlite.prepare('UPDATE hdp_programs SET tasks = tasks + ? WHERE id = ?');
  const mark =
    sqlite.prepare<[], number>("SELECT value FROM kept_state WHERE part = 'uuids'").pluck().get() ?? 0;
  const index = sqlite.prepare('INSERT INTO hdp_uuid_grams (rowid, uuid) VALUES (?, ?)');

  function entryOf({ programHash: hash = null, programName: name = null }: Searched) {
    const key = JSON.stringify([hash, name]);
    const known = programs.get(key);
    if (known) return known;
    make.run(hash, name, hash, name);
    const entry = { id: find.get(hash, name) ?? 0, added: 0, terms: termsOfProgram(hash, name) };
    programs.set(key, entry);
    return entry;
  }

  return {
    /** The id of a task's program, which is made when there is none. */
    programId: (task: Searched) => entryOf(task).id,
    /** Counts a task that was added, and the id it was given. */
    add(id: number, task: Searched): void {
      const program = entryOf(task);
      program.added += 1;
      shortTerms.add(task.uuid, program.terms);
      if (id <= mark) index.run(id, task.uuid);
      if (programs.size >= MOST_PENDING) this.flush();
    },
    /** Writes the counts; until then no search knows of the tasks. */
    flush(): void {
      for (const { id, added } of programs.values()) if (added > 0) count.run(added, id);
      programs.clear();
      shortTerms.flush();
    },
  };
}

export type SearchBuilder = ReturnType<typeof createSearchBuilder>;
