/** Finds tasks by a part of their uuid: by prefix if the part begins in the head, else by the trigram index. */
import type { SortKey } from '../../model/sort-key.ts';
import {
  HEAD_LENGTH,
  headContains,
  isPartOfUlid,
  tailContains,
  UUID_LENGTH,
} from '../../model/uuid-terms.ts';
import type { Connection } from '../connection.ts';
import { INDEXED_PART } from '../schema.ts';
import { statement } from '../statements.ts';

/** A uuid identifies a task, and is the tie of its key. */
export interface FoundTask extends SortKey {
  programId: number | null;
}

/** The found tasks, or `too many` if there are more than the limit. */
export type LookupResult = readonly FoundTask[] | 'too many';

/** A task is in `head` if the term begins in the head of its ULID, else in `tail`. Uuids that are not ULIDs are in `tail`. */
export interface UuidMatches {
  head: LookupResult;
  tail: LookupResult;
}

export interface UuidLimits {
  head: number;
  tail: number;
}

/** A row without a uuid tells only the number of found tasks. */
type Row = { found: number } & (FoundTask | { tie: null });

const NOTHING: UuidMatches = { head: [], tail: [] };

/** Returns no task, only their number, if there are more than the limit. */
const upToLimit = (select: string) =>
  `SELECT counted.found, created_at AS position, uuid AS tie, program_id AS "programId"
   FROM (SELECT count(*) AS found FROM task) AS counted LEFT JOIN (${select}) AS task ON counted.found <= :limit`;

/** The limit keeps the planner, which expects many tasks, from reading the whole table. */
const ROWS_OF_TASKS = `SELECT found.* FROM task, LATERAL (
  SELECT created_at, uuid, program_id FROM hdp_tasks WHERE uuid = task.uuid LIMIT 1
) AS found`;

/**
 * A uuid in whose head the term begins has up to two characters before it. Each distinct beginning gives a range of uuids.
 * The character [ is the one after Z.
 */
const withTermInHead = statement<{ term: string; limit: number }, Row>(
  'uuids-with-term-in-head',
  `WITH RECURSIVE beginning (text) AS (
     (SELECT left(uuid, ${HEAD_LENGTH - 1}) FROM hdp_tasks ORDER BY uuid LIMIT 1)
     UNION ALL
     SELECT (
       SELECT left(uuid, ${HEAD_LENGTH - 1}) FROM hdp_tasks WHERE uuid > beginning.text || chr(1114111)
       ORDER BY uuid LIMIT 1
     ) FROM beginning WHERE text IS NOT NULL
   ),
   prefix AS (
     SELECT DISTINCT left(text, length) || :term::text AS text FROM beginning, generate_series(0, ${HEAD_LENGTH - 1}) AS length
     WHERE text IS NOT NULL
   ),
   task AS MATERIALIZED (
     SELECT task.* FROM prefix, LATERAL (
       SELECT uuid FROM hdp_tasks
       WHERE uuid >= prefix.text COLLATE "C" AND uuid < (prefix.text || '[') COLLATE "C" LIMIT :limit::bigint + 1
     ) AS task LIMIT :limit::bigint + 1
   )
   ${upToLimit(ROWS_OF_TASKS)}`,
);

const withTermInTail = statement<{ pattern: string; limit: number }, Row>(
  'uuids-with-term-in-tail',
  `WITH task AS MATERIALIZED (
     SELECT created_at, uuid, program_id FROM hdp_tasks WHERE ${INDEXED_PART} LIKE :pattern LIMIT :limit::bigint + 1
   )
   ${upToLimit('SELECT * FROM task')}`,
);

const whole = statement<{ uuid: string }, FoundTask>(
  'task-with-uuid',
  `SELECT created_at AS position, uuid AS tie, program_id AS "programId" FROM hdp_tasks WHERE uuid = :uuid`,
);

function toResult(rows: readonly Row[], limit: number): LookupResult {
  if ((rows[0]?.found ?? 0) > limit) return 'too many';
  return rows.flatMap((row) => (row.tie === null ? [] : [row]));
}

/** Finds tasks by a folded term of three or more characters. */
export async function lookUpUuids(
  connection: Connection,
  term: string,
  limits: UuidLimits,
): Promise<UuidMatches> {
  if (!isPartOfUlid(term)) return NOTHING;
  if (term.length === UUID_LENGTH) {
    return { head: await connection.all(whole, { uuid: term.toUpperCase() }), tail: [] };
  }
  const inHead = await connection.all(withTermInHead, { term: term.toUpperCase(), limit: limits.head });
  const head = toResult(inHead, limits.head);
  // Only letters and digits, so nothing must be escaped.
  const inTail = await connection.all(withTermInTail, { pattern: `%${term}%`, limit: limits.tail });
  const tail = toResult(inTail, limits.tail);
  return {
    head: head === 'too many' ? head : distinct(head.filter(({ tie }) => headContains(tie, term))),
    tail:
      tail === 'too many'
        ? tail
        : tail.filter(({ tie }) => tailContains(tie, term) && !headContains(tie, term)),
  };
}

/** A term such as `111` may begin at several places of one head. */
const distinct = (tasks: readonly FoundTask[]) => [
  ...new Map(tasks.map((task) => [task.tie, task])).values(),
];
