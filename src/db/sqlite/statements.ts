/** Statements that Drizzle composes and the driver runs, prepared once: Drizzle's own execution costs as much as SQLite's. */
import type Database from 'better-sqlite3';
import { getTableColumns, is, Placeholder, type SQL, sql } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';

/** A query as Drizzle composes it, with placeholders as its only parameters. */
interface ComposedQuery {
  toSQL(): { sql: string; params: unknown[] };
}

/** Prepares a query that takes its values from an object; a value that is left out is null. */
export function prepareFor<Row extends Record<string, unknown>, Returned = unknown>(
  sqlite: Database.Database,
  query: ComposedQuery,
) {
  const { sql: text, params } = query.toSQL();
  const names = params.filter((param) => is(param, Placeholder)).map(({ name }) => name);
  const statement = sqlite.prepare<[unknown[]], Returned>(text);
  const valuesOf = (row: Row) => names.map((name) => bound(row[name]));
  return {
    run: (row: Row) => statement.run(valuesOf(row)),
    get: (row: Row) => statement.get(valuesOf(row)),
  };
}

/** SQLite has no booleans. */
const bound = (value: unknown) => (typeof value === 'boolean' ? Number(value) : (value ?? null));

/**
 * The columns of a table that a caller writes (not generated, not in `without`), each as a placeholder with the name of the column for
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
