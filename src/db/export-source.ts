import { statSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { createInChain, type InChain } from './export-chains.ts';
import {
  addConditionFunctions,
  type Condition,
  canBeUnreadable,
  type Expression,
  toExpression,
} from './export-conditions.ts';
import { findTable, orderByRowKey, type SourceTable } from './export-tables.ts';
import { translateErrors } from './source-errors.ts';
import { quoteIdentifier } from './sql-identifiers.ts';
import { filePath } from './sqlite/database-url.ts';
import { openFile } from './sqlite/driver.ts';
import { DatabaseError } from './store.ts';

/** The value of a cell. Integers are bigint, so that they stay exact. */
export type Cell = string | number | bigint | Buffer | null;

/** Selects rows by conditions. */
export interface SourceFilter {
  join: 'all' | 'any';
  /** At least one condition, on columns of the table, or of the table of `people` if it is given. */
  conditions: readonly Condition[];
  /** Selects the rows whose `rowColumn` equals `column` of a row of `table` that meets the conditions. */
  people?: { table: SourceTable; column: string; rowColumn: string };
}

/** A database that exports read, in one snapshot from `openExportSource` to `close`. */
export interface ExportSource {
  /** Returns the table or view with the name of an export index, in any case, or with `_` for `-`. @throws SourceError */
  table(index: string): SourceTable;
  /** Counts the rows of a chain. @throws SourceError */
  count(table: SourceTable, chain: number): number;
  /**
   * Counts the rows of a chain that a filter excludes only because a value cannot be read: rows of the table of `people`, if it
   * is given.
   * @throws SourceError
   */
  countUnreadable(table: SourceTable, chain: number, filter: SourceFilter): number;
  /**
   * Returns the rows of a chain, ordered by the rowid of the table or, without a rowid, by its primary key. Rows of a view have
   * the order of the view. Rows are read while the caller iterates. The caller may change the arrays.
   * @throws SourceError
   */
  rows(table: SourceTable, chain: number, filter?: SourceFilter): Iterable<Cell[]>;
  close(): void;
}

/**
 * Opens an SQLite database for reading and begins a snapshot. After that, no lock of a writer can interrupt the reading.
 * @throws SourceLockedError, SourceError
 */
export function openExportSource(url: string): ExportSource {
  const sqlite = connect(url);
  const translated = <T>(work: () => T): T => translateErrors(url, 'read', work);
  try {
    translated(() => {
      sqlite.defaultSafeIntegers(true);
      addConditionFunctions(sqlite);
      sqlite.exec('BEGIN');
      // BEGIN takes the snapshot only with the first read.
      sqlite.prepare('SELECT count(*) FROM sqlite_schema').get();
    });
  } catch (error) {
    sqlite.close();
    throw error;
  }
  const inChain = createInChain(sqlite);
  return {
    table: (index) => translated(() => findTable(sqlite, index)),
    count: (table, chain) =>
      translated(() => countOf(sqlite, selection('count(*)', table, inChain(table.name, chain)))),
    countUnreadable: (table, chain, { join, conditions, people }) =>
      translated(() => {
        if (!conditions.some(canBeUnreadable)) return 0;
        const from = people?.table ?? table;
        const { sql, values } = joinConditions(join, conditions);
        const isUnknown = { sql: `(${sql}) IS NULL`, values };
        return countOf(sqlite, selection('count(*)', from, inChain(from.name, chain), isUnknown));
      }),
    *rows(table, chain, filter) {
      const columns = table.columns.map(quoteIdentifier).join(', ');
      const found = translated(() => {
        const condition = filter && conditionOf(filter, chain, inChain);
        const { sql, values } = selection(columns, table, inChain(table.name, chain), condition);
        return sqlite
          .prepare<Expression['values'], Cell[]>(sql + orderByRowKey(sqlite, table))
          .raw()
          .iterate(...values);
      });
      try {
        for (;;) {
          const next = translated(() => found.next());
          if (next.done) return;
          yield next.value;
        }
      } finally {
        found.return?.();
      }
    },
    close: () => {
      sqlite.close();
    },
  };
}

/** How long SQLite waits for a lock. It is short, because it blocks this process. */
const BUSY_TIMEOUT_MS = 1000;

function connect(url: string): Database.Database {
  return translateErrors(url, 'open', () => {
    const path = filePath(url);
    // better-sqlite3 reports a missing folder as a TypeError, like a bug.
    const reason = whyNoFile(path);
    if (reason !== undefined) throw new DatabaseError(reason);
    return openFile(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  });
}

function whyNoFile(path: string): string | undefined {
  try {
    return statSync(path).isFile() ? undefined : 'it is not a file';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Returns a query of the rows that meet one or two expressions. */
function selection(result: string, table: SourceTable, one: Expression, other?: Expression): Expression {
  return {
    sql: `SELECT ${result} FROM ${quoteIdentifier(table.name)} WHERE ${one.sql}${other ? ` AND (${other.sql})` : ''}`,
    values: [...one.values, ...(other?.values ?? [])],
  };
}

function countOf(sqlite: Database.Database, { sql, values }: Expression): number {
  const count = sqlite.prepare<Expression['values'], bigint>(sql).pluck();
  return Number(count.get(...values) ?? 0);
}

/** Joins conditions; null if the result depends on a value that cannot be read. */
function joinConditions(join: SourceFilter['join'], conditions: SourceFilter['conditions']): Expression {
  const expressions = conditions.map((condition) =>
    toExpression(condition, quoteIdentifier(condition.column)),
  );
  return {
    sql: expressions.map((expression) => `(${expression.sql})`).join(join === 'all' ? ' AND ' : ' OR '),
    values: expressions.flatMap((expression) => expression.values),
  };
}

function conditionOf(
  { join, conditions, people }: SourceFilter,
  chain: number,
  inChain: InChain,
): Expression {
  const met = joinConditions(join, conditions);
  if (!people) return met;
  const { table, column, rowColumn } = people;
  // One table may have the id as a number, the other one as text.
  const found = selection(`taskgate_id(${quoteIdentifier(column)})`, table, inChain(table.name, chain), met);
  return { sql: `taskgate_id(${quoteIdentifier(rowColumn)}) IN (${found.sql})`, values: found.values };
}
