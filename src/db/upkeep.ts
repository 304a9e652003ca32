/**
 * What is kept beside the tasks: comparing it with the tasks themselves, and making it anew from them. The triggers
 * keep it right; this is for the first time, for doubt, and for blocks that grew in the middle.
 */
import { eq, sql } from 'drizzle-orm';
import { createListBuilder, FULL_BLOCK, isBefore, type Place } from './queries/list-builder.ts';
import { reviseAll } from './queries/revisions.ts';
import { keptState, listBlocks } from './schema.ts';
import { createSearchBlocks } from './sqlite/search/search-blocks.ts';
import { verifySearchBlocks } from './sqlite/search/verify.ts';
import type { SqliteConnection } from './sqlite.ts';

/** Told now and then how many tasks of how many are done. */
export type OnProgress = (done: number, total: number) => void;

/** One thing that is kept and differs from the tasks. */
export interface Difference {
  /** Which: a list's name, `program` and its hash and name, `search block` and its place, or `uuids`. */
  what: string;
  /** The number of tasks in it according to what is kept, and according to the tasks. */
  kept: number;
  actual: number;
}

interface Member extends Place {
  list: string;
}

const builders = { lists: buildLists, programs: buildPrograms, search_blocks: buildSearchBlocks };

/** Makes what has not been built since its tables were made, in the transaction that the caller holds. */
export function buildMissing(db: SqliteConnection, onProgress: OnProgress): void {
  const missing = unbuilt(db);
  for (const [part, build] of Object.entries(builders)) if (missing.includes(part)) build(db, onProgress);
  reviseAll(db);
}

/** The parts of what is kept that have not been built since their tables were made. */
export function unbuilt(db: SqliteConnection): string[] {
  const built = db.select().from(keptState).where(eq(keptState.value, 1)).all();
  return Object.keys(builders).filter((name) => !built.some(({ part }) => part === name));
}

/** Makes all that is kept beside the tasks anew, in the transaction that the caller holds. */
export function build(db: SqliteConnection, onProgress: OnProgress): void {
  for (const buildPart of Object.values(builders)) buildPart(db, onProgress);
  // The index is emptied, and follows from its mark on.
  db.$client.exec("INSERT INTO hdp_uuid_grams (hdp_uuid_grams) VALUES ('delete-all')");
  setState(db, 'uuids', 0);
  reviseAll(db);
}

/**
 * Compares the lists, the programs and the search blocks with the tasks, on the view that the caller's
 * transaction has.
 * @returns what differs
 */
export function check(db: SqliteConnection, onProgress: OnProgress): Difference[] {
  return [...checkLists(db, onProgress), ...checkPrograms(db), ...verifySearchBlocks(db)];
}

/**
 * Makes the blocks of all lists anew, in the transaction that the caller holds.
 * @param onProgress told after every batch
 */
export function buildLists(db: SqliteConnection, onProgress: OnProgress): void {
  db.delete(listBlocks).run();
  const builder = createListBuilder(db);
  for (const members of membersInOrder(db, onProgress)) {
    for (const { list, ...place } of members) builder.add(list, place);
    builder.flush();
  }
  setState(db, 'lists', 1);
}

/**
 * Compares every block of every list with the tasks, on the view that the caller's transaction has.
 * @returns a difference per list that is not as it should be
 */
function checkLists(db: SqliteConnection, onProgress: OnProgress): Difference[] {
  const lists = new Map<string, { starts: Place[]; kept: number[]; actual: number[]; at: number }>();
  const blocks = db
    .select()
    .from(listBlocks)
    .orderBy(listBlocks.list, listBlocks.firstPosition, listBlocks.firstTie);
  for (const block of blocks.all()) {
    const list = lists.get(block.list) ?? { starts: [], kept: [], actual: [], at: 0 };
    list.starts.push({ position: block.firstPosition, tie: block.firstTie });
    list.kept.push(block.size);
    list.actual.push(0);
    lists.set(block.list, list);
  }
  const homeless = new Map<string, number>();
  for (const members of membersInOrder(db, onProgress)) {
    for (const member of members) {
      const list = lists.get(member.list);
      const [start] = list?.starts ?? [];
      if (!list || !start || isBefore(member, start)) {
        homeless.set(member.list, (homeless.get(member.list) ?? 0) + 1);
        continue;
      }
      for (
        let next = list.starts[list.at + 1];
        next && !isBefore(member, next);
        next = list.starts[list.at + 1]
      ) {
        list.at += 1;
      }
      list.actual[list.at] = (list.actual[list.at] ?? 0) + 1;
    }
  }
  const differences: Difference[] = [];
  for (const [name, list] of lists) {
    const lost = homeless.get(name) ?? 0;
    if (lost === 0 && list.kept.every((size, block) => size === list.actual[block])) continue;
    differences.push({ what: name, kept: sum(list.kept), actual: sum(list.actual) + lost });
  }
  for (const [name, actual] of homeless)
    if (!lists.has(name)) differences.push({ what: name, kept: 0, actual });
  return differences;
}

function setState(db: SqliteConnection, part: string, value: number): void {
  db.insert(keptState)
    .values({ part, value })
    .onConflictDoUpdate({ target: keptState.part, set: { value } })
    .run();
}

const IDENTITY = 'json_array(program_hash, program_name)';

function buildPrograms(db: SqliteConnection): void {
  // Ids are never given out again, since searches elsewhere may remember them.
  db.$client.exec(`
    UPDATE hdp_programs SET tasks = 0;
    INSERT INTO hdp_programs (identity, hash, name, tasks)
      SELECT ${IDENTITY}, program_hash, program_name, count(*) FROM hdp_tasks WHERE true GROUP BY 1
      ON CONFLICT (identity) DO UPDATE SET tasks = excluded.tasks;
    UPDATE hdp_tasks SET program_id = (SELECT id FROM hdp_programs WHERE identity = ${IDENTITY})
      WHERE program_id IS NOT (SELECT id FROM hdp_programs WHERE identity = ${IDENTITY});
  `);
  setState(db, 'programs', 1);
}

function checkPrograms(db: SqliteConnection): Difference[] {
  return db.$client
    .prepare<[], Difference>(
      `WITH actual AS (SELECT ${IDENTITY} AS identity, program_id, count(*) AS tasks FROM hdp_tasks GROUP BY 1, 2),
         named AS (SELECT identity, sum(tasks) AS tasks, max(program_id) AS program_id, count(*) AS ids FROM actual GROUP BY 1)
       SELECT 'program ' || coalesce(kept.identity, named.identity) AS what,
         coalesce(kept.tasks, 0) AS kept, coalesce(named.tasks, 0) AS actual
       FROM hdp_programs AS kept FULL JOIN named ON named.identity = kept.identity
       WHERE coalesce(kept.tasks, 0) <> coalesce(named.tasks, 0) OR (named.tasks > 0 AND (named.ids > 1 OR named.program_id IS NOT kept.id))`,
    )
    .all();
}

function buildSearchBlocks(db: SqliteConnection): void {
  createSearchBlocks(db).rebuild();
  setState(db, 'search_blocks', 1);
}

/**
 * Compares the index of uuids with every task, if it has all of them; else only with itself. SQLite asks for this as a
 * write, so the caller's transaction must be one.
 */
export function checkUuids(db: SqliteConnection): Difference[] {
  const { $client: sqlite } = db;
  const one = (statement: string) => sqlite.prepare<[], number>(statement).pluck().get() ?? 0;
  const beyond = one(
    "SELECT count(*) FROM hdp_tasks WHERE id > (SELECT value FROM kept_state WHERE part = 'uuids')",
  );
  const rank = beyond === 0 ? 1 : 0;
  try {
    sqlite.exec(`INSERT INTO hdp_uuid_grams (hdp_uuid_grams, rank) VALUES ('integrity-check', ${rank})`);
    return [];
  } catch (error) {
    const isCorrupt =
      error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_CORRUPT');
    if (!isCorrupt) throw error;
    return [{ what: 'uuids', kept: 0, actual: one('SELECT count(*) FROM hdp_tasks') }];
  }
}

/** Whether some block holds so much more than a full one that skipping inside it would be felt. */
export function hasOvergrownBlocks(db: SqliteConnection): boolean {
  const overgrown = sql`${listBlocks.size} > ${4 * FULL_BLOCK}`;
  return db.select({ list: listBlocks.list }).from(listBlocks).where(overgrown).limit(1).get() !== undefined;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

const BATCH = 5000;

/** The list memberships of all tasks, in list order, in batches. */
function* membersInOrder(db: SqliteConnection, onProgress: OnProgress): Generator<Member[]> {
  const { $client: sqlite } = db;
  const count = (table: string) =>
    sqlite.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
  const total = count('services_tasks') + count('hdp_tasks');
  let done = 0;
  const hdp = sqlite.prepare<[number, string, number], Member>(
    `SELECT json_array('hdp') AS list, created_at AS position, uuid AS tie FROM hdp_tasks
     WHERE (created_at, uuid) > (?, ?) ORDER BY created_at, uuid LIMIT ?`,
  );
  for (let end: Place | undefined = { position: Number.MIN_SAFE_INTEGER, tie: '' }; end; ) {
    const members: Member[] = hdp.all(end.position, end.tie, BATCH);
    done += members.length;
    onProgress(done, total);
    yield members;
    end = members.at(-1);
  }
  const services = sqlite.prepare<[number, number], Member>(
    `SELECT list, position, tie FROM services_members
     WHERE task IN (SELECT id FROM services_tasks WHERE id > ? ORDER BY id LIMIT ?) ORDER BY task`,
  );
  for (let last: number | undefined = Number.MIN_SAFE_INTEGER; last !== undefined; ) {
    const members: Member[] = services.all(last, BATCH);
    done += Math.min(BATCH, total - done);
    onProgress(done, total);
    yield members;
    last = members.at(-1)?.position;
  }
}
