/** Compares the derived data with the tasks. */
import type Database from 'better-sqlite3';
import { compareKeys, type SortKey } from '../../model/sort-key.ts';
import type { Difference, OnProgress } from '../../store.ts';
import { INDEXED_UP_TO, STATE, TRIGRAMS } from '../search/tables.ts';
import { verifySearchBlocks } from '../search/verify.ts';
import { readListMembers } from './list-members.ts';

/**
 * Compares the lists, the programs and the search blocks with the tasks, on the view that the caller's transaction has.
 * @returns what differs
 */
export function verify(sqlite: Database.Database, onProgress: OnProgress): Difference[] {
  return [...verifyLists(sqlite, onProgress), ...verifyPrograms(sqlite), ...verifySearchBlocks(sqlite)];
}

interface ListCounts {
  starts: SortKey[];
  kept: number[];
  actual: number[];
  /** The block that the last member was in. */
  at: number;
}

/** Compares every block of every list. @returns a difference per list that is wrong */
function verifyLists(sqlite: Database.Database, onProgress: OnProgress): Difference[] {
  const lists = readBlocks(sqlite);
  /** Members of lists without a block that they could be in. */
  const strays = new Map<string, number>();
  for (const members of readListMembers(sqlite, onProgress)) {
    for (const { group, key } of members) {
      for (const name of group.lists) {
        if (!countMember(lists.get(name), key)) strays.set(name, (strays.get(name) ?? 0) + 1);
      }
    }
  }
  const differences: Difference[] = [];
  for (const [name, list] of lists) {
    const stray = strays.get(name) ?? 0;
    if (stray === 0 && list.kept.every((size, block) => size === list.actual[block])) continue;
    differences.push({ what: name, kept: sum(list.kept), actual: sum(list.actual) + stray });
  }
  for (const [name, actual] of strays) {
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
    const list = lists.get(name) ?? { starts: [], kept: [], actual: [], at: 0 };
    list.starts.push({ position, tie });
    list.kept.push(size);
    list.actual.push(0);
    lists.set(name, list);
  }
  return lists;
}

/** Counts a member into its block; members come in list order. @returns false if no block begins at or before it */
function countMember(list: ListCounts | undefined, key: SortKey): boolean {
  const [start] = list?.starts ?? [];
  if (!list || !start || compareKeys(key, start) < 0) return false;
  for (
    let next = list.starts[list.at + 1];
    next && compareKeys(key, next) >= 0;
    next = list.starts[list.at + 1]
  ) {
    list.at += 1;
  }
  list.actual[list.at] = (list.actual[list.at] ?? 0) + 1;
  return true;
}

function verifyPrograms(sqlite: Database.Database): Difference[] {
  return sqlite
    .prepare<[], Difference>(
      // One pass: SQLite compares each row of a FULL JOIN of the two with each of the other.
      `SELECT 'program ' || identity AS what, sum(kept) AS kept, sum(actual) AS actual
       FROM (
         SELECT identity, tasks AS kept, 0 AS actual, id AS kept_id, NULL AS task_id FROM hdp_programs
         UNION ALL
         SELECT json_array(program_hash, program_name), 0, 1, NULL, program_id FROM hdp_tasks
       )
       GROUP BY identity
       HAVING sum(kept) <> sum(actual) OR sum(actual) > 0 AND (
         count(task_id) < sum(actual) OR min(task_id) < max(task_id) OR max(task_id) IS NOT max(kept_id)
       )`,
    )
    .all();
}

/**
 * Compares the trigram index of uuids with every task, if it has all of them; else only with itself. SQLite takes this as a
 * write, so the caller's transaction must be one.
 */
export function verifyUuids(sqlite: Database.Database): Difference[] {
  const one = (statement: string) => sqlite.prepare<[], number>(statement).pluck().get() ?? 0;
  const beyond = one(
    `SELECT count(*) FROM hdp_tasks WHERE id > (SELECT value FROM ${STATE} WHERE part = '${INDEXED_UP_TO}')`,
  );
  const rank = beyond === 0 ? 1 : 0;
  try {
    sqlite.exec(`INSERT INTO ${TRIGRAMS} (${TRIGRAMS}, rank) VALUES ('integrity-check', ${rank})`);
    return [];
  } catch (error) {
    const isCorrupt =
      error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_CORRUPT');
    if (!isCorrupt) throw error;
    return [{ what: 'uuids', kept: 0, actual: one('SELECT count(*) FROM hdp_tasks') }];
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
