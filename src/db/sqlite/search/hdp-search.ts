/**
 * Search through HDP tasks (contract B2) without looking at every task. A task is found by its program or by its uuid.
 * Programs are few: their texts are compared here, folded, and how many tasks each has is kept. Uuids are looked up in
 * a trigram index, or, where a term is too common for that, scanned in a narrow index. Of a term of one or two characters
 * it is kept how many tasks hold it in their uuid but not in their program, so that nothing is counted (short-terms.ts).
 * A page of few results is sorted. One of many is read off the order of the list, from its nearer end, or, where that
 * would pass by too many others, off the order of each program.
 */
import { desc, inArray, sql } from 'drizzle-orm';
import { fold } from '../../model/fold.ts';
import type { Page, Slice } from '../../store.ts';
import { type HdpTaskRow, hdpTasks } from '../schema.ts';
import type { SqliteConnection } from '../store.ts';
import { LETTERS } from './short-terms.ts';

/** Up to so many results are gathered and sorted. */
const FEW = 2000;

/** Finding the end of a program's tasks takes as long as passing by so many rows. */
const SEEK = 20;

const UUID_LENGTH = 26;
const GRAM_LENGTH = 3;
/** What a part of a folded ULID looks like: Crockford's alphabet has no i, l, o and u. */
const PART_OF_UUID = /^[0-9a-hjkmnp-tv-z]{1,26}$/;

/** The tasks whose uuid holds a term: their ids when they are few, else only that they are many. */
type UuidMatches = readonly number[] | 'many';

export function createHdpSearch(db: SqliteConnection) {
  const { $client: sqlite } = db;
  const programs = createProgramTexts(db);

  const inPrograms = 'program_id IN (SELECT value FROM json_each(:programs))';
  const outside = `(program_id IS NULL OR NOT ${inPrograms})`;
  const uuidHolds = 'instr(lower(uuid), :term) > 0';
  const pluck = <Value>(statement: string) =>
    sqlite.prepare<[Record<string, unknown>], Value>(statement).pluck();

  const tasksOfPrograms = pluck<number>(
    'SELECT coalesce(sum(tasks), 0) FROM hdp_programs WHERE id IN (SELECT value FROM json_each(:programs))',
  );
  const byUuid = pluck<number>('SELECT id FROM hdp_tasks WHERE uuid = upper(:term)');
  const indexedUpTo = pluck<number>("SELECT value FROM derived_state WHERE part = 'uuids'");
  const byGrams = pluck<number>(
    `SELECT rowid FROM hdp_uuid_grams WHERE hdp_uuid_grams MATCH :grams LIMIT ${FEW + 1}`,
  );
  const confirmed = pluck<number>(
    `SELECT id FROM hdp_tasks WHERE id IN (SELECT value FROM json_each(:ids)) AND ${uuidHolds}`,
  );
  const notYetIndexed = pluck<number>(
    `SELECT id FROM hdp_tasks WHERE id > :mark AND ${uuidHolds} LIMIT ${FEW + 1}`,
  );
  const outsidePrograms = pluck<number>(
    `SELECT id FROM hdp_tasks WHERE id IN (SELECT value FROM json_each(:ids)) AND ${outside}`,
  );
  const countOutsidePrograms = pluck<number>(
    `SELECT count(*) FROM hdp_tasks INDEXED BY hdp_tasks_order WHERE ${uuidHolds} AND ${outside}`,
  );
  const shortTermOutsidePrograms = pluck<number>(
    `SELECT coalesce((SELECT tasks FROM hdp_ngram_counts WHERE term = :term), 0) + coalesce((
       SELECT sum(change) FROM pending_ngram_changes WHERE ${uuidHolds} AND ${outside}
     ), 0)`,
  );

  const sorted = pluck<number>(
    `SELECT id FROM (
       SELECT created_at, uuid, id FROM hdp_tasks WHERE ${inPrograms}
       UNION ALL SELECT created_at, uuid, id FROM hdp_tasks WHERE id IN (SELECT value FROM json_each(:ids))
     ) ORDER BY created_at DESC, uuid DESC LIMIT :limit OFFSET :offset`,
  );
  // The plus signs keep the planner from any other index than that of the order.
  const readOff = (matches: string, direction: 'ASC' | 'DESC') =>
    pluck<number>(
      `SELECT id FROM hdp_tasks INDEXED BY hdp_tasks_order WHERE +${inPrograms} OR ${matches}
       ORDER BY created_at ${direction}, uuid ${direction} LIMIT :limit OFFSET :offset`,
    );
  // Of each program as many tasks as the page may take, from one end.
  const ofProgram = (direction: 'ASC' | 'DESC') =>
    sqlite
      .prepare<[number, number], number>(
        `SELECT id FROM hdp_tasks WHERE program_id = ? ORDER BY created_at ${direction}, uuid ${direction} LIMIT ?`,
      )
      .pluck();
  const ends = { newest: ofProgram('DESC'), oldest: ofProgram('ASC') };
  const highestId = pluck<number>('SELECT max(id) FROM hdp_tasks');
  const among = '+id IN (SELECT value FROM json_each(:ids))';
  const walks = {
    few: { newest: readOff(among, 'DESC'), oldest: readOff(among, 'ASC') },
    many: { newest: readOff(uuidHolds, 'DESC'), oldest: readOff(uuidHolds, 'ASC') },
  };

  const byIds = db
    .select()
    .from(hdpTasks)
    .where(inArray(hdpTasks.id, sql`(SELECT value FROM json_each(${sql.placeholder('ids')}))`))
    .orderBy(desc(hdpTasks.createdAt), desc(hdpTasks.uuid))
    .prepare();
  const rowsByIds = (ids: readonly number[]): HdpTaskRow[] =>
    ids.length === 0 ? [] : byIds.all({ ids: JSON.stringify(ids) });

  function uuidMatches(term: string): UuidMatches {
    if (!PART_OF_UUID.test(term)) return [];
    if (term.length === UUID_LENGTH) return byUuid.all({ term });
    // Few ULIDs among many with a certain character is not to be expected, and would take a thousand trigrams.
    if (term.length === 1) return 'many';
    // The first and the last trigram find little more than all of them do, and much sooner.
    let candidates = byGrams.all({ grams: gramsOf(term, term.length) });
    if (candidates.length > FEW) candidates = byGrams.all({ grams: gramsOf(term, 1) });
    if (candidates.length > FEW) return 'many';
    const mark = indexedUpTo.get({}) ?? 0;
    const beyond = notYetIndexed.all({ term, mark });
    if (beyond.length > FEW) return 'many';
    return [...confirmed.all({ ids: JSON.stringify(candidates), term }), ...beyond];
  }

  /** The same for a short term, of which the number of tasks is known, and that of those outside its programs. */
  function shortTermMatches(term: string, kept: number, total: number): UuidMatches {
    if (kept === 0) return [];
    return total > FEW ? 'many' : uuidMatches(term);
  }

  /** @param ids the tasks beside those of the programs */
  function pageOf(inside: readonly number[], ids: readonly number[], slice: Slice, total: number): number[] {
    const parameters = { programs: JSON.stringify(inside), ids: JSON.stringify(ids) };
    if (total <= FEW) return sorted.all({ ...parameters, ...slice });
    const count = Math.min(slice.limit, total - slice.offset);
    if (count <= 0) return [];
    const behind = total - slice.offset - count;
    const reach = Math.min(slice.offset, behind) + count;
    const passed = (reach * (highestId.get({}) ?? 0)) / total;
    if (inside.length * (reach + SEEK) > passed) return walk(walks.few, parameters, slice, total);
    const isNewer = slice.offset <= behind;
    const end = isNewer ? ends.newest : ends.oldest;
    const gathered = inside.flatMap((program) => end.all(program, reach)).concat(ids);
    const offset = isNewer ? slice.offset : gathered.length - behind - count;
    return sorted.all({ programs: '[]', ids: JSON.stringify(gathered), limit: count, offset });
  }

  function walk(
    { newest, oldest }: (typeof walks)[keyof typeof walks],
    parameters: object,
    { limit, offset }: Slice,
    total: number,
  ): number[] {
    const count = Math.min(limit, total - offset);
    if (count <= 0) return [];
    const behind = total - offset - count;
    if (offset <= behind) return newest.all({ ...parameters, limit: count, offset });
    return oldest.all({ ...parameters, limit: count, offset: behind });
  }

  /** A page of the tasks that hold a term; call it inside a transaction, so that all of it is of one moment. */
  return function search(text: string, slice: Slice): Page<HdpTaskRow> {
    const term = fold(text);
    const inside = programs.holding(term);
    const asked = { term, programs: JSON.stringify(inside) };
    const ofPrograms = tasksOfPrograms.get(asked) ?? 0;
    const isShort = term.length < GRAM_LENGTH && PART_OF_UUID.test(term);
    const kept = isShort ? (shortTermOutsidePrograms.get(asked) ?? 0) : undefined;
    const byUuids = kept === undefined ? uuidMatches(term) : shortTermMatches(term, kept, ofPrograms + kept);
    if (byUuids !== 'many') {
      const ids = outsidePrograms.all({ ...asked, ids: JSON.stringify(byUuids) });
      // A uuid that is no ULID, which only others can write, may hold two characters and no trigram that we know of.
      if (kept === undefined || kept === ids.length) {
        const total = ofPrograms + ids.length;
        return { rows: rowsByIds(pageOf(inside, ids, slice, total)), total };
      }
    }
    const total = ofPrograms + (kept ?? countOutsidePrograms.get(asked) ?? 0);
    return { rows: rowsByIds(walk(walks.many, asked, slice, total)), total };
  };
}

/**
 * What the trigram index finds all uuids with a term by: trigrams of it, or any that two characters are part of.
 * @param step how far apart the trigrams are; the last one is always among them
 */
function gramsOf(term: string, step: number): string {
  if (term.length < GRAM_LENGTH) {
    return LETTERS.flatMap((letter) => [`"${letter}${term}"`, `"${term}${letter}"`]).join(' OR ');
  }
  const last = term.length - GRAM_LENGTH;
  const places = Array.from({ length: Math.ceil(last / step) }, (_, n) => n * step).concat(last);
  return places.map((at) => `"${term.slice(at, at + GRAM_LENGTH)}"`).join(' AND ');
}

interface ProgramText {
  id: number;
  token: number;
  hash: string | null;
  name: string | null;
}

/** The texts of all programs, folded and kept in memory; new ones are read when they are there. */
function createProgramTexts(db: SqliteConnection) {
  const { $client: sqlite } = db;
  const after = sqlite.prepare<[number], ProgramText>(
    'SELECT id, token, hash, name FROM hdp_programs WHERE id > ? ORDER BY id',
  );
  const highest = sqlite.prepare<[], number | null>('SELECT max(id) FROM hdp_programs').pluck();
  const tokenOf = sqlite.prepare<[number], number>('SELECT token FROM hdp_programs WHERE id = ?').pluck();
  let known: { id: number; token: number; hash: string; name: string }[] = [];

  function refresh(): void {
    const last = known.at(-1);
    // After a rollback or a restore others may have the ids; whoever has the last row has all before it.
    if (last && tokenOf.get(last.id) !== last.token) known = [];
    else if (last && highest.get() === last.id) return;
    for (const { id, token, hash, name } of after.all(known.at(-1)?.id ?? 0)) {
      known.push({ id, token, hash: fold(hash ?? ''), name: fold(name ?? '') });
    }
  }

  return {
    /** The ids of the programs whose hash or name holds a folded, non-empty term. */
    holding(term: string): number[] {
      refresh();
      return known.filter(({ hash, name }) => hash.includes(term) || name.includes(term)).map(({ id }) => id);
    },
  };
}

export type HdpSearch = ReturnType<typeof createHdpSearch>;
