import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { SQLiteTable } from 'drizzle-orm/sqlite-core';
import type { Added, OnConflict } from '../store.ts';

/** A prepared insert that gives back what it wrote, or nothing when a conflict kept it from writing. */
interface Insert<Written> {
  get(parameters: Record<string, unknown>): Written | undefined;
}

export interface AddStatements<Written> {
  /** Does nothing on a conflict. */
  insert: Insert<Written>;
  /** Overwrites on a conflict. */
  replace: { run(parameters: Record<string, unknown>): unknown };
  /** Told of every row that `insert` wrote. */
  onInserted(written: Written): void;
}

/** Adds one row, or does what `onConflict` says when its identity is taken. */
export function addRow<Written>(
  { insert, replace, onInserted }: AddStatements<Written>,
  row: Record<string, unknown>,
  onConflict: OnConflict,
): Added {
  const written = insert.get(row);
  if (written !== undefined) {
    onInserted(written);
    return 'inserted';
  }
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
