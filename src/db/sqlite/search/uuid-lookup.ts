/** Finds tasks by a part of their uuid: by prefix if the part begins in the head, else by the trigram index. */

import type Database from 'better-sqlite3';
import {
  HEAD_LENGTH,
  headContains,
  isPartOfUlid,
  tailContains,
  UUID_LENGTH,
} from '../../model/uuid-terms.ts';
import { INDEXED_PART, INDEXED_UP_TO, STATE, TRIGRAMS } from './tables.ts';

export interface FoundTask {
  id: number;
  position: number;
  tie: string;
  programId: number | null;
}

/** The found tasks, or `too many` if there are more than the limit. */
export type LookupResult = readonly FoundTask[] | 'too many';

/** A task is in `head` if the term begins in the head of its ULID, else in `tail`. Uuids that are not ULIDs are in `tail`. */
export interface UuidMatches {
  head: LookupResult;
  tail: LookupResult;
}

export const TRIGRAM_LENGTH = 3;
/** The character after the last letter of a ULID. */
const AFTER_Z = '[';
const NOTHING: UuidMatches = { head: [], tail: [] };

export interface UuidLimits {
  head: number;
  tail: number;
}

/** Creates the lookup of folded terms of three or more characters. */
export function createUuidLookup(
  sqlite: Database.Database,
): (term: string, limits: UuidLimits) => UuidMatches {
  const columns = 'id, created_at AS position, uuid AS tie, program_id AS programId';
  const whole = sqlite.prepare<[string], FoundTask>(`SELECT ${columns} FROM hdp_tasks WHERE uuid = upper(?)`);
  const withPrefix = sqlite.prepare<[string, string], FoundTask>(
    `SELECT ${columns} FROM hdp_tasks WHERE uuid >= ? AND uuid < ?`,
  );
  const countWithPrefix = sqlite
    .prepare<[string, string, number], number>(
      'SELECT count(*) FROM (SELECT 1 FROM hdp_tasks WHERE uuid >= ? AND uuid < ? LIMIT ?)',
    )
    .pluck();
  const nextUuid = sqlite
    .prepare<[string], string>('SELECT uuid FROM hdp_tasks WHERE uuid >= ? ORDER BY uuid LIMIT 1')
    .pluck();
  const byTrigrams = sqlite
    .prepare<[string, number], number>(`SELECT rowid FROM ${TRIGRAMS} WHERE ${TRIGRAMS} MATCH ? LIMIT ?`)
    .pluck();
  const byIds = sqlite.prepare<[string], FoundTask>(
    `SELECT ${columns} FROM hdp_tasks WHERE id IN (SELECT value FROM json_each(?))`,
  );
  const indexedUpTo = sqlite
    .prepare<[], number>(`SELECT value FROM ${STATE} WHERE part = '${INDEXED_UP_TO}'`)
    .pluck();
  const notIndexed = sqlite.prepare<[number, string], FoundTask>(
    `SELECT ${columns} FROM hdp_tasks WHERE id > ? AND instr(lower(${INDEXED_PART}), ?) > 0`,
  );

  /** Yields the distinct first `length` characters of all uuids. */
  function* distinctPrefixes(length: number): Generator<string> {
    for (let uuid = nextUuid.get(''); uuid !== undefined; ) {
      const prefix = uuid.slice(0, length);
      yield prefix;
      uuid = nextUuid.get(`${prefix}\u{10ffff}`);
    }
  }

  function findInHead(term: string, limit: number): LookupResult {
    const ranges: [string, string][] = [];
    let tasks = 0;
    for (let position = 0; position < HEAD_LENGTH; position += 1) {
      for (const before of position === 0 ? [''] : distinctPrefixes(position)) {
        const prefix = before + term.toUpperCase();
        const end = prefix + AFTER_Z;
        const inRange = countWithPrefix.get(prefix, end, limit + 1) ?? 0;
        if (inRange > 0) ranges.push([prefix, end]);
        tasks += inRange;
        if (tasks > limit) return 'too many';
      }
    }
    const found = new Map<number, FoundTask>();
    for (const [start, end] of ranges) {
      for (const task of withPrefix.all(start, end))
        if (headContains(task.tie, term)) found.set(task.id, task);
    }
    return [...found.values()];
  }

  function findInTail(term: string, limit: number): LookupResult {
    // Few trigrams find little more than all of them do, and much faster.
    let candidates = byTrigrams.all(trigramsOf(term, term.length), limit + 1);
    if (candidates.length > limit) candidates = byTrigrams.all(trigramsOf(term, 1), limit + 1);
    if (candidates.length > limit) return 'too many';
    const found: FoundTask[] = [];
    const add = (task: FoundTask) => {
      if (tailContains(task.tie, term) && !headContains(task.tie, term)) found.push(task);
    };
    for (const task of byIds.all(JSON.stringify(candidates))) add(task);
    for (const task of notIndexed.iterate(indexedUpTo.get() ?? 0, term)) {
      add(task);
      if (found.length > limit) return 'too many';
    }
    return found;
  }

  return (term, limits) => {
    if (!isPartOfUlid(term)) return NOTHING;
    if (term.length === UUID_LENGTH) return { head: whole.all(term), tail: [] };
    return { head: findInHead(term, limits.head), tail: findInTail(term, limits.tail) };
  };
}

/**
 * Returns the query of the trigram index for a term of three or more letters.
 * @param step the distance between two trigrams of the query; the last trigram is always included
 */
function trigramsOf(term: string, step: number): string {
  const last = term.length - TRIGRAM_LENGTH;
  const positions = Array.from({ length: Math.ceil(last / step) }, (_, n) => n * step).concat(last);
  return positions.map((at) => `"${term.slice(at, at + TRIGRAM_LENGTH)}"`).join(' AND ');
}
