/** Rebuilds derived data from the tasks: after migrations that need it, and for `taskgate check --repair`. */
import type Database from 'better-sqlite3';
import type { Changes } from '../../model/changes.ts';
import type { OnProgress } from '../../store.ts';
import { rebuildFigures } from '../figures.ts';
import { createSearchBlocks } from '../search/search-blocks.ts';
import { INDEXED_UP_TO, RANDOM_VERSION, TRIGRAMS } from '../search/tables.ts';
import { readListMembers } from './list-members.ts';

/** The parts of the derived data. Each is built once; afterwards, transactions update it. */
const PARTS = ['lists', 'programs', 'search_blocks', 'figures'] as const;
type Part = (typeof PARTS)[number];

export interface Rebuild {
  /** Returns the parts that are not built yet. */
  listMissing(): Part[];
  /** Rebuilds parts, in the caller's write transaction. */
  run(parts: readonly Part[], changes: Changes, onProgress: OnProgress): void;
  /** Rebuilds all parts and empties the trigram index, which the indexing step fills again. */
  runAll(changes: Changes, onProgress: OnProgress): void;
}

/** List changes that are written at once. */
const MAX_LIST_CHANGES = 50_000;

/** @param writeChanges writes the derived data of the changes so far */
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
        if (changes.listChangeCount() >= MAX_LIST_CHANGES) writeChanges(changes);
      }
      writeChanges(changes);
    },
    programs: () => rebuildPrograms(sqlite),
    search_blocks: () => createSearchBlocks(sqlite).rebuild(),
    figures: () => rebuildFigures(sqlite),
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
    listMissing: () => PARTS.filter((part) => state.get(part) !== 1),
    run,
    runAll(changes, onProgress) {
      run(PARTS, changes, onProgress);
      sqlite.exec(`INSERT INTO ${TRIGRAMS} (${TRIGRAMS}) VALUES ('delete-all')`);
      setState(INDEXED_UP_TO, 0);
    },
  };
}

const IDENTITY = 'json_array(program_hash, program_name)';

function rebuildPrograms(sqlite: Database.Database): void {
  // Ids are never reused, because other processes may have cached them.
  sqlite.exec(`
    UPDATE hdp_programs SET tasks = 0;
    INSERT INTO hdp_programs (identity, hash, name, tasks, token)
      SELECT ${IDENTITY}, program_hash, program_name, count(*), ${RANDOM_VERSION}
      FROM hdp_tasks WHERE true GROUP BY 1
      ON CONFLICT (identity) DO UPDATE SET tasks = excluded.tasks;
    UPDATE hdp_tasks SET program_id = (SELECT id FROM hdp_programs WHERE identity = ${IDENTITY})
      WHERE program_id IS NOT (SELECT id FROM hdp_programs WHERE identity = ${IDENTITY});
  `);
}
