/** The tasks that the search blocks count: the tasks of the table without the pending changes. */
import type { SortKey } from '../../model/sort-key.ts';
import type { Connection } from '../connection.ts';
import { statement } from '../statements.ts';

export interface CountedTask extends SortKey {
  programId: number | null;
}

/** The keys from one (inclusive) up to another. */
export interface KeyRange {
  from: SortKey;
  to: SortKey;
}

/** The parameters of a range, and the condition on the columns of the list order. */
export const rangeValues = ({ from, to }: KeyRange) => ({
  position: from.position,
  tie: from.tie,
  endPosition: to.position,
  endTie: to.tie,
});

export type RangeValues = ReturnType<typeof rangeValues>;

export const IN_RANGE =
  '(created_at, uuid) >= (:position::bigint, :tie::text) AND (created_at, uuid) < (:endPosition::bigint, :endTie::text)';

const KEY = 'created_at, uuid, program_id';

/**
 * One statement, so that tasks and pending changes come from one snapshot. A uuid with an added key among the pending
 * changes is that of an uncounted task, because only its last key is added.
 */
const countedTasks = statement<RangeValues & { limit: number | null }, CountedTask>(
  'read-counted-hdp-tasks',
  `WITH pending AS MATERIALIZED (
     SELECT ${KEY}, sum(change) AS change FROM pending_search_changes WHERE ${IN_RANGE}
     GROUP BY ${KEY} HAVING sum(change) <> 0
   )
   SELECT created_at AS position, uuid AS tie, program_id AS "programId" FROM (
     (SELECT ${KEY} FROM hdp_tasks
      WHERE ${IN_RANGE} AND uuid NOT IN (SELECT uuid FROM pending WHERE change > 0)
      ORDER BY created_at, uuid LIMIT :limit::bigint)
     UNION ALL
     SELECT ${KEY} FROM pending WHERE change < 0
   ) AS counted ORDER BY created_at, uuid LIMIT :limit::bigint`,
);

/** Reads the counted tasks of a range, in list order. @param limit null for all */
export const readCountedTasks = (
  connection: Connection,
  range: KeyRange,
  limit: number | null,
): Promise<CountedTask[]> => connection.all(countedTasks, { ...rangeValues(range), limit });
