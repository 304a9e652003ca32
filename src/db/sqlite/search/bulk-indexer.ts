/**
 * Maintains the search index for many new tasks at once: programs with their number of tasks, search blocks, and the
 * trigram index where it already covers the id of a new task. The tasks have no pending changes.
 */
import { indexedPart } from '../../model/uuid-terms.ts';
import type { NewHdpTask } from '../../schema.ts';
import type { SqliteConnection } from '../../sqlite.ts';
import type { TaskChange } from './pending-changes.ts';
import { createSearchBlocks } from './search-blocks.ts';
import { INDEXED_UP_TO, PROGRAMS, STATE, TRIGRAMS } from './tables.ts';

/** The columns of a task that the index needs. */
type SearchedTask = Pick<NewHdpTask, 'uuid' | 'createdAt' | 'programHash' | 'programName'>;

/** Counts are written when this many tasks wait, so that memory stays flat. */
const MAX_PENDING = 50_000;

export function createBulkSearchIndexer(db: SqliteConnection) {
  const { $client: sqlite } = db;
  const programs = new Map<string, { id: number; added: number }>();
  const blocks = createSearchBlocks(db);
  let changes: TaskChange[] = [];
  const insert = sqlite.prepare(
    `INSERT INTO ${PROGRAMS} (identity, hash, name, tasks) VALUES (json_array(?, ?), ?, ?, 0) ON CONFLICT DO NOTHING`,
  );
  const find = sqlite
    .prepare<[string | null, string | null], number>(
      `SELECT id FROM ${PROGRAMS} WHERE identity = json_array(?, ?)`,
    )
    .pluck();
  const count = sqlite.prepare(`UPDATE ${PROGRAMS} SET tasks = tasks + ? WHERE id = ?`);
  const indexedUpTo =
    sqlite.prepare<[], number>(`SELECT value FROM ${STATE} WHERE part = '${INDEXED_UP_TO}'`).pluck().get() ??
    0;
  const index = sqlite.prepare(`INSERT INTO ${TRIGRAMS} (rowid, uuid) VALUES (?, ?)`);

  function programOf({ programHash: hash = null, programName: name = null }: SearchedTask) {
    const key = JSON.stringify([hash, name]);
    const known = programs.get(key);
    if (known) return known;
    insert.run(hash, name, hash, name);
    const program = { id: find.get(hash, name) ?? 0, added: 0 };
    programs.set(key, program);
    return program;
  }

  return {
    /** Returns the id of a task's program, which is inserted if it is new. */
    programId: (task: SearchedTask) => programOf(task).id,
    /** Adds a task that was inserted, with its id. */
    add(id: number, task: SearchedTask): void {
      const program = programOf(task);
      program.added += 1;
      changes.push({ position: task.createdAt, tie: task.uuid, programId: program.id, change: 1 });
      if (id <= indexedUpTo) index.run(id, indexedPart(task.uuid));
      if (changes.length >= MAX_PENDING) this.flush();
    },
    /** Writes the counts; until then no search knows of the tasks. */
    flush(): void {
      for (const { id, added } of programs.values()) if (added > 0) count.run(added, id);
      programs.clear();
      blocks.apply(changes);
      changes = [];
    },
  };
}

export type BulkSearchIndexer = ReturnType<typeof createBulkSearchIndexer>;
