/** Reads pages and totals of ordered lists by their blocks (db/model/blocks.ts), and whole lists in batches. */
import { type AnyColumn, and, asc, desc, eq, lte, type SQL, sql } from 'drizzle-orm';
import { FIRST_KEY } from '../../model/sort-key.ts';
import type { Page, Slice } from '../../store.ts';
import type { SqliteConnection } from '../connection.ts';
import { listBlocks } from '../schema.ts';

interface RowStatement<Row> {
  all(parameters: Record<string, unknown>): Row[];
}

/** The columns by which a list is ordered. */
export interface SortColumns {
  position: AnyColumn;
  tie?: AnyColumn;
}

export interface ListDefinition<Row> {
  /** Prepares a query of the rows that meet a condition, in an order; it takes `:limit` and `:offset`. */
  prepareRows(condition: SQL | undefined, orderBy: SQL[]): RowStatement<Row>;
  sortColumns: SortColumns;
  /** The condition that selects the rows of the list; a list without one has all rows of the table. */
  condition?: SQL | undefined;
}

/** Skipping this many rows costs no more than looking up a block. */
const MAX_SKIPPED_ROWS = 1024;

/** The rows of a batch that `readBatches` yields. */
export const BATCH_SIZE = 500;

/**
 * Prepares the statements that read one kind of list.
 * @returns functions that return the rows of a slice and the exact total, given the list's name and the parameters of its
 *   condition; call them in a transaction, so that both come from one snapshot
 */
export function prepareList<Row>(
  db: SqliteConnection,
  { prepareRows, sortColumns, condition }: ListDefinition<Row>,
) {
  const { position, tie } = sortColumns;
  const columns = tie ? [position, tie] : [position];
  const ascending = prepareRows(and(condition, isAtOrAfter(sortColumns)), columns.map(asc));
  const descending = prepareRows(condition, columns.map(desc));
  const ofList = eq(listBlocks.list, sql.placeholder('list'));
  const total = db
    .select({ total: sql<number>`coalesce(sum(${listBlocks.size}), 0)` })
    .from(listBlocks)
    .where(ofList)
    .prepare();
  const blocks = db
    .select({
      position: listBlocks.firstPosition,
      tie: listBlocks.firstTie,
      before:
        sql<number>`sum(${listBlocks.size}) OVER (ORDER BY ${listBlocks.firstPosition}, ${listBlocks.firstTie}) - ${listBlocks.size}`.as(
          'before',
        ),
    })
    .from(listBlocks)
    .where(ofList)
    .as('blocks');
  const blockAt = db
    .select()
    .from(blocks)
    .where(lte(blocks.before, sql.placeholder('at')))
    .orderBy(desc(blocks.before))
    .limit(1)
    .prepare();

  const countRows = (list: string) => total.get({ list })?.total ?? 0;

  function rowsAt(list: string, parameters: object, { limit, offset }: Slice, size: number): Row[] {
    const count = Math.min(limit, size - offset);
    if (count <= 0) return [];
    const rowsAfter = size - offset - count;
    if (rowsAfter <= MAX_SKIPPED_ROWS)
      return descending.all({ ...parameters, limit: count, offset: rowsAfter }).reverse();
    const { position, tie, before } =
      offset <= MAX_SKIPPED_ROWS
        ? { ...FIRST_KEY, before: 0 }
        : (blockAt.get({ list, at: offset }) ?? { ...FIRST_KEY, before: 0 });
    return ascending.all({ ...parameters, position, tie, limit: count, offset: offset - before });
  }

  return {
    ascending(list: string, parameters: object, slice: Slice): Page<Row> {
      const size = countRows(list);
      return { rows: rowsAt(list, parameters, slice, size), total: size };
    },
    descending(list: string, parameters: object, slice: Slice): Page<Row> {
      const size = countRows(list);
      const count = Math.min(slice.limit, size - slice.offset);
      const mirrored = { limit: count, offset: size - slice.offset - count };
      return { rows: count <= 0 ? [] : rowsAt(list, parameters, mirrored, size).reverse(), total: size };
    },
  };
}

/** The condition that a row is at or after the placeholders `:position` and `:tie`. */
function isAtOrAfter({ position, tie }: SortColumns): SQL {
  if (!tie) return sql`${position} >= ${sql.placeholder('position')}`;
  return sql`(${position}, ${tie}) >= (${sql.placeholder('position')}, ${sql.placeholder('tie')})`;
}

/** Yields batches of rows until there are no more. @param readAfter returns the rows after a row, or the first rows */
export async function* readBatches<Row>(readAfter: (last: Row | undefined) => Row[]): AsyncGenerator<Row[]> {
  for (let rows = readAfter(undefined); rows.length > 0; rows = readAfter(rows.at(-1))) yield rows;
}
