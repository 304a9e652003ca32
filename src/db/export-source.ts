import { statSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { createInChain, type InChain } from './export-chains.ts';
import {
  addConditionFunctions,
  type Condition,
  canBeUnreadable,
  type Expression,
  expressionOf,
} from './export-conditions.ts';
import { SourceError, translateErrors } from './source-errors.ts';
import { findIdentifier, isSameIdentifier, quoteIdentifier } from './sql-identifiers.ts';
import { openFile } from './sqlite/driver.ts';
import { filePath } from './sqlite/store.ts';
import { DatabaseError } from './store.ts';

/** What a cell may hold; integers are bigint, so that none loses a digit. */
export type Cell = string | number | bigint | Buffer | null;

/** A table or view of the source. */
export interface SourceTable {
  readonly name: string;
  /** In their order and as they are written there; `chain_id` is always among them, in any case. */
  readonly columns: readonly string[];
}

/** The rows that meet conditions. */
export interface SourceFilter {
  join: 'all' | 'any';
  /** At least one, over columns of the table (or of the people's, where there is one). */
  conditions: readonly Condition[];
  /** The conditions are on this table, and the rows wanted are those of the people found there. */
  people?: { table: SourceTable; column: string; rowColumn: string };
}

/** A database that exports read, in one snapshot from the first look at it to its closing. */
export interface ExportSource {
  /** The table or view of an export index: of its name in any case, or with `_` for `-`. @throws SourceError */
  table(index: string): SourceTable;
  /** How many rows a chain has. @throws SourceError */
  count(table: SourceTable, chain: number): number;
  /**
   * Counts the rows of a chain that a filter leaves out only because a value of theirs cannot be read: rows of the people's
   * table, where there is one.
   * @throws SourceError
   */
  countUnreadable(table: SourceTable, chain: number, filter: SourceFilter): number;
  /**
   * A chain's rows, in the order of the table's rowid or, without one, its primary key; a view gives its own order. They are
   * read as they are asked for, and the array is the caller's.
   * @throws SourceError
   */
  rows(table: SourceTable, chain: number, filter?: SourceFilter): Iterable<Cell[]>;
  close(): void;
}

/**
 * Opens the SQLite database that a URL names, only for reading, and begins its snapshot: from here on no lock of a writer
 * can interrupt the reading.
 * @throws SourceLockedError, SourceError
 */
export function openExportSource(url: string): ExportSource {
  const sqlite = connectTo(url);
  const translated = <T>(work: () => T): T => translateErrors(url, 'read', work);
  try {
    translated(() => {
      sqlite.defaultSafeIntegers(true);
      addConditionFunctions(sqlite);
      sqlite.exec('BEGIN');
      // BEGIN alone takes no lock and no snapshot.
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
        const { sql, values } = joined(join, conditions);
        const isUnknown = { sql: `(${sql}) IS NULL`, values };
        return countOf(sqlite, selection('count(*)', from, inChain(from.name, chain), isUnknown));
      }),
    *rows(table, chain, filter) {
      const columns = table.columns.map(quoteIdentifier).join(', ');
      const found = translated(() => {
        const condition = filter && conditionOf(filter, chain, inChain);
        const { sql, values } = selection(columns, table, inChain(table.name, chain), condition);
        return sqlite
          .prepare<Expression['values'], Cell[]>(sql + orderOf(sqlite, table))
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

/** How long SQLite itself waits for a lock. Meanwhile this process does nothing else, so that it is short. */
const BUSY_TIMEOUT_MS = 1000;

function connectTo(url: string): Database.Database {
  return translateErrors(url, 'open', () => {
    const path = filePath(url);
    // better-sqlite3 reports a missing folder as a TypeError, like a mistake in our own call.
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

function findTable(sqlite: Database.Database, index: string): SourceTable {
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
      `The table ${name} of the export source has no column chain_id, so whose rows they are cannot be told.`,
    );
  }
  return { name, columns };
}

/** A query of the rows that meet two expressions. */
function selection(what: string, table: SourceTable, one: Expression, other?: Expression): Expression {
  return {
    sql: `SELECT ${what} FROM ${quoteIdentifier(table.name)} WHERE ${one.sql}${other ? ` AND (${other.sql})` : ''}`,
    values: [...one.values, ...(other?.values ?? [])],
  };
}

function countOf(sqlite: Database.Database, { sql, values }: Expression): number {
  const count = sqlite.prepare<Expression['values'], bigint>(sql).pluck();
  return Number(count.get(...values) ?? 0);
}

/** The conditions as one, null where a value that decides cannot be read. */
function joined(join: SourceFilter['join'], conditions: SourceFilter['conditions']): Expression {
  const each = conditions.map((condition) => expressionOf(condition, quoteIdentifier(condition.column)));
  return {
    sql: each.map((expression) => `(${expression.sql})`).join(join === 'all' ? ' AND ' : ' OR '),
    values: each.flatMap((expression) => expression.values),
  };
}

function conditionOf(
  { join, conditions, people }: SourceFilter,
  chain: number,
  inChain: InChain,
): Expression {
  const met = joined(join, conditions);
  if (!people) return met;
  const { table, column, rowColumn } = people;
  // One table may have a number where the other has its digits.
  const found = selection(`taskgate_id(${quoteIdentifier(column)})`, table, inChain(table.name, chain), met);
  return { sql: `taskgate_id(${quoteIdentifier(rowColumn)}) IN (${found.sql})`, values: found.values };
}

function orderOf(sqlite: Database.Database, { name, columns }: SourceTable): string {
  const kind = sqlite
    .prepare<[string], { type: string; wr: bigint }>(
      "SELECT type, wr FROM pragma_table_list WHERE schema = 'main' AND name = ?",
    )
    .get(name);
  if (kind?.type !== 'table') return '';
  const keys =
    kind.wr === 0n
      ? ['rowid', '_rowid_', 'oid']
          .filter((word) => !columns.some((other) => isSameIdentifier(other, word)))
          .slice(0, 1)
      : sqlite
          .prepare<[string], string>('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk')
          .pluck()
          .all(name)
          .map(quoteIdentifier);
  return keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`;
}
