/** Rebuilds derived data from the tasks: after a migration that needs it, and for `taskgate check --repair`. */
import type Database from 'better-sqlite3';
import type { Changes } from '../../model/changes.ts';
import type { OnProgress } from '../../store.ts';
import { createSearchBlocks } from '../search/search-blocks.ts';
import { INDEXED_UP_TO, TRIGRAMS } from '../search/tables.ts';
import { readListMembers } from './list-members.ts';

/** The parts of derived data that are built once and then kept up to date. */
const PARTS = ['lists', 'programs', 'search_blocks'] as const;
type Part = (typeof PARTS)[number];

export interface Rebuild {
  /** The parts that have not been built since their tables were created. */
  missing(): Part[];
  /** Rebuilds some parts in the write transaction that the caller holds. */
  run(parts: readonly Part[], changes: Changes, onProgress: OnProgress): void;
  /** Rebuilds everything; the trigram index is emptied, and the indexing step fills it again. */
  all(changes: Changes, onProgress: OnProgress): void;
}

/** Memberships that are written at a time. */
const MAX_NOTED = 50_000;

/** @param writeChanges writes the derived data of what was noted so far */
export function createRebuild(sqlite: Database.Database, writeChanges: (changes: Changes) => void): Rebuild {
  const state = sqlite.prepare<[string], number>('SELECT value FROM derived_state WHERE part = ?').pluck();
  const setState = (part: string, value: number) =>
    sqlite
      .prepare(
        `INSERT INTO derived_state (part, value) VALUES (?, CAST(? AS INTEGER))
         ON CONFLICT (part) DO UPDATE SET value = excluded.value`,
      )
      .run(part, value);

  const builders = {
    lists(changes: Changes, onProgress: OnProgress): void {
      sqlite.exec('DELETE FROM list_blocks');
      for (const members of readListMembers(sqlite, onProgress)) {
        for (const { group, key } of members) changes.addListChange(group, key, 1);
        if (changes.listChangeCount() >= MAX_NOTED) writeChanges(changes);
      }
      writeChanges(changes);
    },
    programs: () => rebuildPrograms(sqlite),
    search_blocks: () => createSearchBlocks(sqlite).rebuild(),
  };

  function run(parts: readonly Part[], changes: Changes, onProgress: OnProgress): void {
    for (const part of PARTS) {
      if (!parts.includes(part)) continue;
      builders[part](changes, onProgress);
      setState(part, 1);
    }
    changes.addScope('all');
  }

  return {
    missing: () => PARTS.filter((part) => state.get(part) !== 1),
    run,
    all(changes, onProgress) {
      run(PARTS, changes, onProgress);
      sqlite.exec(`INSERT INTO ${TRIGRAMS} (${TRIGRAMS}) VALUES ('delete-all')`);
      setState(INDEXED_UP_TO, 0);
    },
  };
}

const IDENTITY = 'json_array(program_hash, program_name)';

function rebuildPrograms(sqlite: Database.Database): void {
  // Ids are never given out again, since searches elsewhere may remember them.
  sqlite.exec(`
    UPDATE hdp_programs SET tasks = 0;
    INSERT INTO hdp_programs (identity, hash, name, tasks, token)
      SELECT ${IDENTITY}, program_hash, program_name, count(*), random() & 1125899906842623
      FROM hdp_tasks WHERE true GROUP BY 1
      ON CONFLICT (identity) DO UPDATE SET tasks = excluded.tasks;
    UPDATE hdp_tasks SET program_id = (SELECT id FROM hdp_programs WHERE identity = ${IDENTITY})
      WHERE program_id IS NOT (SELECT id FROM hdp_programs WHERE identity = ${IDENTITY});
  `);
}
