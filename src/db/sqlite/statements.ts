/** Statements that Drizzle builds and the driver runs: executing them with Drizzle would take twice as long. */
import type Database from 'better-sqlite3';
import { getTableColumns, is, Placeholder, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core';

/** A Drizzle query whose only parameters are placeholders. */
interface BuiltQuery {
  toSQL(): { sql: string; params: unknown[] };
}

/** Prepares a query that takes its values from an object by name. A missing value is null. */
export function prepareFor<Row extends object, Returned = unknown>(
  sqlite: Database.Database,
  query: BuiltQuery,
) {
  const { sql: text, params } = query.toSQL();
  // The cast is safe: callers name placeholders after properties, and a missing one is bound as null.
  const names = params.filter((param) => is(param, Placeholder)).map(({ name }) => name as keyof Row);
  const statement = sqlite.prepare<[unknown[]], Returned>(text);
  const valuesOf = (row: Row) => names.map((name) => toBindable(row[name]));
  return {
    run: (row: Row) => statement.run(valuesOf(row)),
    get: (row: Row) => statement.get(valuesOf(row)),
  };
}

/** SQLite has no booleans. */
const toBindable = (value: unknown) => (typeof value === 'boolean' ? Number(value) : (value ?? null));

/** Selects columns under the names of their properties, for statements that the driver runs. */
export const underPropertyNames = (columns: Record<string, SQLiteColumn>) =>
  Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, sql`${column}`.as(name)]));

/**
 * Returns the columns of a table that are neither generated nor in `without`: as placeholders for `values()`, and as
 * `excluded` values for `onConflictDoUpdate`.
 */
export function writtenColumns<T extends SQLiteTable, Omitted extends keyof T['$inferInsert'] = never>(
  table: T,
  without: readonly Omitted[] = [],
) {
  type Written = Record<Exclude<keyof T['$inferInsert'], Omitted>, SQL>;
  const columns = Object.entries(getTableColumns(table)).filter(
    ([name, column]) => !column.generated && !without.some((omitted) => omitted === name),
  );
  // Both casts are safe: getTableColumns() returns exactly the columns of the table by name.
  return {
    values: Object.fromEntries(columns.map(([name]) => [name, sql`${sql.placeholder(name)}`])) as Written,
    proposed: Object.fromEntries(
      columns.map(([name, column]) => [name, sql`excluded.${sql.identifier(column.name)}`]),
    ) as Written,
  };
}
