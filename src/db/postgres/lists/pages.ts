/**
 * Reads a page of a list and its exact total, in one statement. The sizes of the blocks and the pending changes, summed up
 * in list order, tell how many rows are before each block. A page seeks to its block and skips the rows before it.
 */
import { FIRST_KEY } from '../../model/sort-key.ts';
import type { Page } from '../../queries/results.ts';
import type { Connection } from '../connection.ts';
import { type Statement, statement } from '../statements.ts';

export interface ListDefinition {
  /** Names the statements of this list. */
  name: string;
  table: string;
  /** The columns for the SELECT (`columnsOf`). */
  columns: string;
  /** The columns of the sort key; an SQL constant as tie for a list that is ordered by one column. */
  position: string;
  tie: string | undefined;
  /** The table of pending changes, and the columns of the same meaning. */
  pending: { table: string; position: string; tie: string };
  /** Conditions on both the table and its pending changes, such as `chain = :chain`. */
  conditions: readonly string[];
  /** The order in which the page is counted and returned. */
  order: 'ascending' | 'descending';
}

export interface PageValues {
  /** The name of the list. */
  list: string;
  limit: number;
  offset: number;
  [filter: string]: string | number | undefined;
}

interface PageColumns {
  total: number;
  /** Null in the only row of an empty page. */
  sortPosition: number | null;
  sortTie: string | null;
}

type PageRow<Row> = PageColumns & Row;

/** Skipping this many rows costs no more than looking up a block. */
const MAX_SKIPPED_ROWS = 1024;

/** Defines the statement that reads the pages of a list. */
export function definePage<Row extends object>(
  definition: ListDefinition,
): Statement<PageValues, PageRow<Row>> {
  const { table, columns, position, tie, pending, conditions, order } = definition;
  const rowsWhere = ['true', ...conditions].join(' AND ');
  const pendingWhere = ['change <> 0', ...conditions].join(' AND ');
  const keys = tie === undefined ? [position] : [position, tie];
  const orderBy = (by: 'ASC' | 'DESC') => keys.map((key) => `${key} ${by}`).join(', ');
  const isAtOrAfter =
    tie === undefined
      ? `${position} >= start.position`
      : `(${position}, ${tie}) >= (start.position, start.tie)`;
  // The number of rows before and after the page, in ascending order.
  const direction = order === 'ascending' ? 'ASC' : 'DESC';
  const skipped = order === 'ascending' ? [':offset::bigint', 'rest'] : ['rest', ':offset::bigint'];
  // `kind` orders equal keys: the begin of the list (0), which has no size, a block (1), a pending change (2).
  const select = `SELECT ${position} AS "sortPosition", ${tie ?? "''"} AS "sortTie", ${columns} FROM ${table} WHERE ${rowsWhere}`;
  return statement(
    `page-${definition.name}`,
    `WITH sizes AS MATERIALIZED (
       SELECT first_position AS position, first_tie AS tie, size, 1 AS kind FROM list_blocks WHERE list = :list
       UNION ALL
       SELECT ${FIRST_KEY.position}, '${FIRST_KEY.tie}', 0, 0
       UNION ALL
       SELECT ${pending.position}, ${pending.tie}, change, 2 FROM ${pending.table} WHERE ${pendingWhere}
     ),
     counted AS MATERIALIZED (SELECT coalesce(sum(size), 0)::bigint AS total FROM sizes),
     page AS MATERIALIZED (
       SELECT total, count, ${skipped[0]} AS before, ${skipped[1]} AS after
       FROM (
         SELECT total, greatest(least(:limit, total - :offset), 0) AS count,
           greatest(total - :offset - :limit, 0) AS rest
         FROM counted
       ) AS counts
     ),
     starts AS (
       SELECT position, tie, kind,
         (sum(size) OVER (ORDER BY position, tie, kind ROWS UNBOUNDED PRECEDING) - size)::bigint AS before
       FROM sizes
     ),
     start AS MATERIALIZED (
       SELECT starts.position, starts.tie, starts.before FROM starts, page
       WHERE kind < 2 AND starts.before <= page.before AND page.count > 0 AND page.before > ${MAX_SKIPPED_ROWS}
         AND page.after > ${MAX_SKIPPED_ROWS}
       ORDER BY starts.before DESC, starts.position DESC, starts.tie DESC LIMIT 1
     )
     SELECT page.total, found.* FROM page LEFT JOIN LATERAL (
       SELECT * FROM (
         ${select} AND page.before <= ${MAX_SKIPPED_ROWS} ORDER BY ${orderBy('ASC')}
         LIMIT CASE WHEN page.before <= ${MAX_SKIPPED_ROWS} THEN page.count ELSE 0 END OFFSET page.before
       ) AS from_first
       UNION ALL
       SELECT * FROM (
         ${select} ORDER BY ${orderBy('DESC')}
         LIMIT CASE WHEN page.before > ${MAX_SKIPPED_ROWS} AND page.after <= ${MAX_SKIPPED_ROWS} THEN page.count ELSE 0 END
         OFFSET page.after
       ) AS from_last
       UNION ALL
       SELECT from_block.* FROM start, LATERAL (
         ${select} AND ${isAtOrAfter} ORDER BY ${orderBy('ASC')}
         LIMIT page.count OFFSET page.before - start.before
       ) AS from_block
     ) AS found ON true
     ORDER BY "sortPosition" ${direction}, "sortTie" ${direction}`,
  );
}

/** Reads a page. */
export async function readPage<Row extends object>(
  connection: Connection,
  page: Statement<PageValues, PageRow<Row>>,
  values: PageValues,
): Promise<Page<Row>> {
  const found = await connection.all(page, values);
  const rows = found.flatMap(({ total: _, sortPosition, sortTie: __, ...row }) =>
    sortPosition === null ? [] : [row],
  );
  // The cast is safe: only the columns of PageColumns were removed.
  return { rows: rows as unknown as Row[], total: found[0]?.total ?? 0 };
}
