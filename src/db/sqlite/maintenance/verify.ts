/** Compares the derived data with the tasks. */
import type Database from 'better-sqlite3';
import { compareKeys, type SortKey } from '../../model/sort-key.ts';
import type { Difference, OnProgress } from '../../store.ts';
import { isDamaged } from '../errors.ts';
import { INDEXED_UP_TO, STATE, TRIGRAMS } from '../search/tables.ts';
import { verifySearchBlocks } from '../search/verify.ts';
import { readListMembers } from './list-members.ts';

/**
 * Compares the lists, the programs and the search blocks with the tasks, in the caller's transaction.
 */
export function verify(sqlite: Database.Database, onProgress: OnProgress): Difference[] {
  return [...verifyLists(sqlite, onProgress), ...verifyPrograms(sqlite), ...verifySearchBlocks(sqlite)];
}

interface ListCounts {
  starts: SortKey[];
  stored: number[];
  actual: number[];
  /** The index of the block of the last member. */
  block: number;
}

/** Compares every block of every list. @returns a difference for each wrong list */
function verifyLists(sqlite: Database.Database, onProgress: OnProgress): Difference[] {
  const lists = readBlocks(sqlite);
  /** The number of members that no block covers, by list. */
  const uncovered = new Map<string, number>();
  for (const members of readListMembers(sqlite, onProgress)) {
    for (const { group, key } of members) {
      for (const name of group.lists) {
        if (!countMember(lists.get(name), key)) uncovered.set(name, (uncovered.get(name) ?? 0) + 1);
      }
    }
  }
  const differences: Difference[] = [];
  for (const [name, list] of lists) {
    const extra = uncovered.get(name) ?? 0;
    if (extra === 0 && list.stored.every((size, block) => size === list.actual[block])) continue;
    differences.push({ what: name, kept: sum(list.stored), actual: sum(list.actual) + extra });
  }
  for (const [name, actual] of uncovered) {
    if (!lists.has(name)) differences.push({ what: name, kept: 0, actual });
  }
  return differences;
}

function readBlocks(sqlite: Database.Database): Map<string, ListCounts> {
  const blocks = sqlite.prepare<[], SortKey & { list: string; size: number }>(
    `SELECT list, first_position AS position, first_tie AS tie, size FROM list_blocks
     ORDER BY list, first_position, first_tie`,
  );
  const lists = new Map<string, ListCounts>();
  for (const { list: name, position, tie, size } of blocks.iterate()) {
    const list = lists.get(name) ?? { starts: [], stored: [], actual: [], block: 0 };
    list.starts.push({ position, tie });
    list.stored.push(size);
    list.actual.push(0);
    lists.set(name, list);
  }
  return lists;
}

/** Counts a member in its block. Members must come in list order. @returns false if no block begins at or before it */
function countMember(list: ListCounts | undefined, key: SortKey): boolean {
  const [start] = list?.starts ?? [];
  if (!list || !start || compareKeys(key, start) < 0) return false;
  for (
    let next = list.starts[list.block + 1];
    next && compareKeys(key, next) >= 0;
    next = list.starts[list.block + 1]
  ) {
    list.block += 1;
  }
  list.actual[list.block] = (list.actual[list.block] ?? 0) + 1;
  return true;
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

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
