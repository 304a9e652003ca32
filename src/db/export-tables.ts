import type Database from 'better-sqlite3';
import { SourceError } from './source-errors.ts';
import { findIdentifier, isSameIdentifier, quoteIdentifier } from './sql-identifiers.ts';

/** A table or view of the export source. */
export interface SourceTable {
  readonly name: string;
  /** The columns in their order. `chain_id` is always among them, in any case. */
  readonly columns: readonly string[];
}

/** Returns the table or view of an export index. @throws SourceError if it does not exist or has no `chain_id` */
export function findTable(sqlite: Database.Database, index: string): SourceTable {
  const names = [index, index.replaceAll('-', '_')];
  const found = sqlite
    .prepare<string[], string>(
      `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name COLLATE NOCASE IN (?, ?)
        ORDER BY name <> ? COLLATE NOCASE`,
    )
    .pluck();
  const name = found.get(...names, index);
  if (name === undefined) {
    const wanted = [...new Set(names)].join(' or ');
    throw new SourceError(
      `The export source has no table or view named ${wanted}; it has to be added there.`,
    );
  }
  const columns = sqlite
    .prepare(`SELECT * FROM ${quoteIdentifier(name)} LIMIT 0`)
    .columns()
    .map((column) => column.name);
  if (findIdentifier(columns, 'chain_id') === undefined) {
    throw new SourceError(
      `The table ${name} of the export source has no column chain_id, so the chain of its rows is unknown.`,
    );
  }
  return { name, columns };
}

/** Returns the ORDER BY clause for the rowid of a table, or its primary key if it has no rowid; none for a view. */
export function orderByRowKey(sqlite: Database.Database, { name, columns }: SourceTable): string {
  // `wr` is 1 for a table that was created WITHOUT ROWID.
  const table = sqlite
    .prepare<[string], { type: string; wr: bigint }>(
      "SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ?",
    )
    .get(name);
  if (table?.type !== 'table') return '';
  const keys =
    table.wr === 0n
      ? ['rowid', '_rowid_', 'oid']
          .filter((alias) => !columns.some((column) => isSameIdentifier(column, alias)))
          .slice(0, 1)
      : sqlite
          .prepare<[string], string>('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk')
          .pluck()
          .all(name)
          .map(quoteIdentifier);
  return keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`;
}
