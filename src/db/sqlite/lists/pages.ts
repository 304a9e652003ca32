/** Pages and totals of ordered lists, read by their blocks (db/model/blocks.ts). */
import { type AnyColumn, asc, desc, eq, lte, type SQL, sql } from 'drizzle-orm';
import type { Page, Slice } from '../../store.ts';
import type { SqliteConnection } from '../connection.ts';
import { listBlocks } from '../schema.ts';

/** Rows of a list in ascending order, from a place in it on. */
interface Ascending<Row> {
  all(parameters: Record<string, unknown>): Row[];
}

export interface ListStatements<Row> {
  /** Ascending rows at or after `:position`, `:tie`; takes `:limit` and `:offset`. */
  ascending: Ascending<Row>;
  /** Descending rows from the end; takes `:limit` and `:offset`. */
  descending: Ascending<Row>;
}

/** Skipping this many rows costs no more than finding the block that would save it. */
const NEAR = 1024;

const START = { position: Number.MIN_SAFE_INTEGER, tie: '' };

/**
 * Prepares the reading of one kind of list.
 * @returns functions that give the rows of a slice and the exact total, from the list's name and its parameters; call them
 *   inside a transaction, so that both are of one moment
 */
export function prepareList<Row>(db: SqliteConnection, { ascending, descending }: ListStatements<Row>) {
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
    const behind = size - offset - count;
    if (behind <= NEAR) return descending.all({ ...parameters, limit: count, offset: behind }).reverse();
    const { position, tie, before } =
      offset <= NEAR
        ? { ...START, before: 0 }
        : (blockAt.get({ list, at: offset }) ?? { ...START, before: 0 });
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

/** Where a list's order lies in a table. */
export interface Order {
  position: AnyColumn;
  tie?: AnyColumn;
}

/** The row's place in the order, at or after the placeholders `:position` and `:tie`. */
export function atOrAfter({ position, tie }: Order): SQL {
  if (!tie) return sql`${position} >= ${sql.placeholder('position')}`;
  return sql`(${position}, ${tie}) >= (${sql.placeholder('position')}, ${sql.placeholder('tie')})`;
}

export const inOrder = ({ position, tie }: Order) => (tie ? [asc(position), asc(tie)] : [asc(position)]);
export const inReverse = ({ position, tie }: Order) => (tie ? [desc(position), desc(tie)] : [desc(position)]);
