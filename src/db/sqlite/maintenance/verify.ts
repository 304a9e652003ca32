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
      `WITH actual AS (
         SELECT json_array(program_hash, program_name) AS identity, program_id, count(*) AS tasks
         FROM hdp_tasks GROUP BY 1, 2
       ),
       named AS (
         SELECT identity, sum(tasks) AS tasks, max(program_id) AS program_id, count(*) AS ids FROM actual GROUP BY 1
       )
       SELECT 'program ' || coalesce(kept.identity, named.identity) AS what,
         coalesce(kept.tasks, 0) AS kept, coalesce(named.tasks, 0) AS actual
       FROM hdp_programs AS kept FULL JOIN named ON named.identity = kept.identity
       WHERE coalesce(kept.tasks, 0) <> coalesce(named.tasks, 0)
         OR (named.tasks > 0 AND (named.ids > 1 OR named.program_id IS NOT kept.id))`,
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
