import type Database from 'better-sqlite3';
import { openFile } from './driver.ts';
import { addConditionFunctions, type Condition, type Expression, expressionOf } from './export-conditions.ts';
import { filePath } from './sqlite.ts';

/** What a cell may hold; integers are bigint, so that none loses a digit. */
export type Cell = string | number | bigint | Buffer | null;

/** The source cannot give what is asked; the message is a sentence that names no path and no SQL. */
export class SourceError extends Error {}

/** A table or view of the source. */
export interface SourceTable {
  readonly name: string;
  /** In their order there; `chain_id` is always among them. */
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
  /** The table or view of an export index: of its exact name, or with `_` for `-`. @throws SourceError */
  table(index: string): SourceTable;
  /** How many rows a chain has. @throws SourceError */
  count(table: SourceTable, chain: number): number;
  /**
   * A chain's rows, in the order of the table's rowid or, without one, its primary key; a view gives its own order. They are
   * read as they are asked for, and the array is the caller's.
   * @throws SourceError
   */
  rows(table: SourceTable, chain: number, filter?: SourceFilter): Iterable<Cell[]>;
  close(): void;
}

/** Opens the SQLite database that a URL names, only for reading. @throws SourceError */
export function openExportSource(url: string): ExportSource {
  const sqlite = told(
    'The export source cannot be opened; whoever runs this server has to look at it',
    () => {
      const opened = openFile(filePath(url), { readonly: true, fileMustExist: true, timeout: 5000 });
      opened.defaultSafeIntegers(true);
      addConditionFunctions(opened);
      opened.exec('BEGIN');
      return opened;
    },
  );
  return {
    table: (index) => told(UNREADABLE, () => findTable(sqlite, index)),
    count: (table, chain) =>
      told(UNREADABLE, () => {
        const { sql, values } = selection('count(*)', table, chain);
        return Number(
          sqlite
            .prepare<Expression['values'], bigint>(sql)
            .pluck()
            .get(...values) ?? 0,
        );
      }),
    *rows(table, chain, filter) {
      const columns = table.columns.map(quoted).join(', ');
      const { sql, values } = selection(columns, table, chain, filter);
      const found = told(UNREADABLE, () =>
        sqlite
          .prepare<Expression['values'], Cell[]>(sql + orderOf(sqlite, table))
          .raw()
          .iterate(...values),
      );
      try {
        for (;;) {
          const next = told(UNREADABLE, () => found.next());
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

const UNREADABLE = 'The export source cannot be read; whoever runs this server has to look at it';

/** Runs `work`; what SQLite says of a failure is for the operator and stays the cause. */
function told<T>(sentence: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SourceError) throw error;
    throw new SourceError(`${sentence}.`, { cause: error });
  }
}

function findTable(sqlite: Database.Database, index: string): SourceTable {
  const names = [index, index.replaceAll('-', '_')];
  const found = sqlite
    .prepare<string[], string>(
      `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name IN (?, ?) ORDER BY name <> ?`,
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
    .prepare(`SELECT * FROM ${quoted(name)} LIMIT 0`)
    .columns()
    .map((column) => column.name);
  if (!columns.includes('chain_id')) {
    throw new SourceError(
      `The table ${name} of the export source has no column chain_id, so whose rows they are cannot be told.`,
    );
  }
  return { name, columns };
}

/** A query of a chain's rows. The chain is bound as an integer: SQLite would take a large number for a real. */
function selection(what: string, table: SourceTable, chain: number, filter?: SourceFilter): Expression {
  const condition = filter && conditionOf(filter, chain);
  return {
    sql: `SELECT ${what} FROM ${quoted(table.name)} WHERE "chain_id" = ?${condition ? ` AND (${condition.sql})` : ''}`,
    values: [BigInt(chain), ...(condition?.values ?? [])],
  };
}

function conditionOf({ join, conditions, people }: SourceFilter, chain: number): Expression {
  const each = conditions.map((condition) => expressionOf(condition, quoted(condition.column)));
  const sql = each.map((expression) => `(${expression.sql})`).join(join === 'all' ? ' AND ' : ' OR ');
  const values = each.flatMap((expression) => expression.values);
  if (!people) return { sql, values };
  // As text, for one table may have a number where the other has its digits.
  const id = `CAST(${quoted(people.column)} AS TEXT)`;
  const found = `SELECT ${id} FROM ${quoted(people.table.name)} WHERE "chain_id" = ? AND (${sql})`;
  return {
    sql: `CAST(${quoted(people.rowColumn)} AS TEXT) IN (${found})`,
    values: [BigInt(chain), ...values],
  };
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
          .filter((word) => !columns.some((other) => isSameName(other, word)))
          .slice(0, 1)
      : sqlite
          .prepare<[string], string>('SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk')
          .pluck()
          .all(name)
          .map(quoted);
  return keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`;
}

const isSameName = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

/** A name as SQL; no client's word is ever written so. */
export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
