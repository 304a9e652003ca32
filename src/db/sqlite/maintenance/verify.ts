/** Compares the derived data with the tasks. */
import type Database from 'better-sqlite3';
import { createListCounts, type StoredBlock } from '../../model/list-counts.ts';
import type { Difference, OnProgress } from '../../store.ts';
import { isDamaged } from '../errors.ts';
import { verifyFigures } from '../figures.ts';
import { INDEXED_UP_TO, STATE, TRIGRAMS } from '../search/tables.ts';
import { verifySearchBlocks } from '../search/verify.ts';
import { readListMembers } from './list-members.ts';

/** Compares the lists, the programs, the search blocks and the figures with the tasks, in the caller's transaction. */
export function verify(sqlite: Database.Database, onProgress: OnProgress): Difference[] {
  return [
    ...verifyLists(sqlite, onProgress),
    ...verifyPrograms(sqlite),
    ...verifySearchBlocks(sqlite),
    ...verifyFigures(sqlite),
  ];
}

/** Compares every block of every list. @returns a difference for each wrong list */
function verifyLists(sqlite: Database.Database, onProgress: OnProgress): Difference[] {
  const blocks = sqlite.prepare<[], StoredBlock>(
    `SELECT list, first_position AS position, first_tie AS tie, size FROM list_blocks
     ORDER BY list, first_position, first_tie`,
  );
  const counts = createListCounts(blocks.iterate());
  for (const members of readListMembers(sqlite, onProgress)) {
    for (const { group, key } of members) for (const name of group.lists) counts.count(name, key);
  }
  return counts.differences();
}

function verifyPrograms(sqlite: Database.Database): Difference[] {
  return sqlite
    .prepare<[], Difference>(
      // UNION ALL reads each table once. With FULL JOIN, SQLite compares each program with each task.
      `SELECT 'program ' || identity AS what, sum(stored) AS kept, sum(actual) AS actual
       FROM (
         SELECT identity, tasks AS stored, 0 AS actual, id AS stored_id, NULL AS task_id FROM hdp_programs
         UNION ALL
         SELECT json_array(program_hash, program_name), 0, 1, NULL, program_id FROM hdp_tasks
       )
       GROUP BY identity
       HAVING sum(stored) <> sum(actual) OR sum(actual) > 0 AND (
         count(task_id) < sum(actual) OR min(task_id) < max(task_id) OR max(task_id) IS NOT max(stored_id)
       )`,
    )
    .all();
}

/**
 * Compares the trigram index of uuids with the tasks. If it does not have all tasks yet, only its own consistency is checked.
 * SQLite treats the check as a write, so the caller must hold a write transaction.
 */
export function verifyUuids(sqlite: Database.Database): Difference[] {
  const countOf = (statement: string) => sqlite.prepare<[], number>(statement).pluck().get() ?? 0;
  const notIndexed = countOf(
    `SELECT count(*) FROM hdp_tasks WHERE id > (SELECT value FROM ${STATE} WHERE part = '${INDEXED_UP_TO}')`,
  );
  const rank = notIndexed === 0 ? 1 : 0;
  try {
    sqlite.exec(`INSERT INTO ${TRIGRAMS} (${TRIGRAMS}, rank) VALUES ('integrity-check', ${rank})`);
    return [];
  } catch (error) {
    if (!isDamaged(error)) throw error;
    return [{ what: 'uuids', kept: 0, actual: countOf('SELECT count(*) FROM hdp_tasks') }];
  }
}
