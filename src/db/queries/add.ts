import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { Added, OnConflict } from '../store.ts';

/** A prepared statement that tells how many rows it changed. */
interface Statement {
  run(parameters: Record<string, unknown>): { changes: number };
}

/** Adds one row with `insert` (which does nothing on a conflict), or else does what `onConflict` says. */
export function addRow(
  insert: Statement,
  replace: Statement,
  row: Record<string, unknown>,
  onConflict: OnConflict,
): Added {
  if (insert.run(row).changes === 1) return 'inserted';
  if (onConflict === 'error') return 'conflict';
  if (onConflict === 'skip') return 'skipped';
  replace.run(row);
  return 'replaced';
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
