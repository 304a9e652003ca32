import { getTableColumns, is, Placeholder, type SQL, sql } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { Added, OnConflict } from '../store.ts';
import type { SqliteConnection } from './store.ts';

/** A query as Drizzle composes it. */
interface Composed {
  toSQL(): { sql: string; params: unknown[] };
}

export interface AddQueries<Row, Written> {
  /** Does nothing on a conflict; returns something of the row that it wrote. */
  insert: Composed;
  /** Overwrites on a conflict. */
  replace: Composed;
  /** Told of every row that `insert` wrote, and of what it returned. */
  onInserted(row: Row, written: Written): void;
}

/**
 * Prepares both queries for the driver itself, since Drizzle would take a row as much time as the database does.
 * @returns adds one row, or does what `onConflict` says when its identity is taken
 */
export function prepareAdd<Row extends Record<string, unknown>, Written>(
  db: SqliteConnection,
  { insert, replace, onInserted }: AddQueries<Row, Written>,
): (row: Row, onConflict: OnConflict) => Added {
  const inserting = prepare<Written>(db, insert);
  const replacing = prepare<Written>(db, replace);
  return (row, onConflict) => {
    const written = inserting.statement.get(inserting.valuesOf(row));
    if (written !== undefined) {
      onInserted(row, written);
      return 'inserted';
    }
    if (onConflict === 'error') return 'conflict';
    if (onConflict === 'skip') return 'skipped';
    replacing.statement.run(replacing.valuesOf(row));
    return 'replaced';
  };
}

function prepare<Written>({ $client: sqlite }: SqliteConnection, query: Composed) {
  const { sql: text, params } = query.toSQL();
  const names = params.filter((param) => is(param, Placeholder)).map(({ name }) => name);
  return {
    statement: sqlite.prepare<[unknown[]], Written>(text),
    valuesOf: (row: Record<string, unknown>) => names.map((name) => row[name] ?? null),
  };
}

/**
 * The columns that a caller writes (not generated, not in `without`), each as a placeholder of its own name for
 * `values()`, and as the value that an insert proposed for `onConflictDoUpdate`.
 */
export function writtenColumns<T extends SQLiteTable, Left extends keyof T['$inferInsert'] = never>(
  table: T,
  without: readonly Left[] = [],
) {
  type Written = Record<Exclude<keyof T['$inferInsert'], Left>, SQL>;
  const columns = Object.entries(getTableColumns(table)).filter(
    ([name, column]) => !column.generated && !without.some((left) => left === name),
  );
  // Guarantee of both casts: getTableColumns() lists exactly the table's own columns under their own names.
  return {
    values: Object.fromEntries(columns.map(([name]) => [name, sql`${sql.placeholder(name)}`])) as Written,
    proposed: Object.fromEntries(
      columns.map(([name, column]) => [name, sql`excluded.${sql.identifier(column.name)}`]),
    ) as Written,
  };
}
