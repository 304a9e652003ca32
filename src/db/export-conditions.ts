import type Database from 'better-sqlite3';
import { parseDateTime } from '../dates.ts';
import { foldCase } from './model/fold-case.ts';

/** A limit of a range. */
export interface Bound {
  operator: '>' | '>=' | '<' | '<=';
  value: number;
}

/**
 * A condition on a column. Null meets only negated conditions. A value that is not a number or a time makes a `number` or
 * `time` condition null in SQL, so that such rows can be counted.
 * - `text`: the column equals or contains the text, ignoring case. A number is compared by its decimal digits.
 * - `number`: the column is within all bounds. A text may be a decimal number.
 * - `time`: the column is within all bounds, which are Unix milliseconds. The column has ISO 8601 text (UTC without a time
 *   zone) or Unix seconds, as a number or as 9 or 10 digits.
 */
export type Condition =
  | { kind: 'text'; column: string; test: 'equals' | 'contains'; text: string; isNegated: boolean }
  | { kind: 'number' | 'time'; column: string; bounds: readonly Bound[] };

/** An SQL expression, and the values of its question marks. */
export interface Expression {
  sql: string;
  values: (string | number | bigint)[];
}

/** Returns a condition as SQL: 1, 0, or null if the column cannot be read. @param column the quoted name of the column */
export function toExpression(condition: Condition, column: string): Expression {
  if (condition.kind === 'text') {
    const folded = `taskgate_fold(${column})`;
    const met = condition.test === 'equals' ? `${folded} = ?` : `instr(${folded}, ?) > 0`;
    const sql = `coalesce(${met}, 0) = ${condition.isNegated ? 0 : 1}`;
    return { sql, values: [foldCase(condition.text)] };
  }
  const read = `taskgate_${condition.kind}(${column})`;
  const met = condition.bounds.map((bound) => `${read} ${bound.operator} ?`).join(' AND ');
  return {
    sql: `CASE WHEN ${column} IS NULL THEN 0 ELSE ${met} END`,
    values: condition.bounds.map((bound) => bound.value),
  };
}

/** Returns true if a condition can be null for a row. */
export const canBeUnreadable = ({ kind }: Condition) => kind !== 'text';

/** Adds the SQL functions that the expressions call to a connection. */
export function addConditionFunctions(sqlite: Database.Database): void {
  const options = { deterministic: true, safeIntegers: true };
  sqlite.function('taskgate_fold', options, toFoldedText);
  sqlite.function('taskgate_number', options, toNumber);
  sqlite.function('taskgate_time', options, toTime);
  sqlite.function('taskgate_id', options, toId);
}

function toFoldedText(value: unknown): string | null {
  if (typeof value === 'string') return foldCase(value);
  return typeof value === 'bigint' || typeof value === 'number' ? foldCase(String(value)) : null;
}

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

function toNumber(value: unknown): bigint | number | null {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return typeof value === 'string' && DECIMAL.test(value.trim()) ? Number(value) : null;
}

/** The year 10000 in Unix seconds. Larger numbers have another unit, such as milliseconds. */
const TIME_LIMIT_SECONDS = 253_402_300_800;
/** Year 0 in Unix seconds. */
const MIN_TIME_SECONDS = -62_167_219_200;
const UNIX_SECONDS = /^\d{9,10}(\.\d+)?$/;

function toTime(value: unknown): number | null {
  if (typeof value === 'bigint' || typeof value === 'number') return toMilliseconds(Number(value));
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return parseDateTime(text)?.at ?? (UNIX_SECONDS.test(text) ? toMilliseconds(Number(text)) : null);
}

const toMilliseconds = (seconds: number) =>
  seconds >= MIN_TIME_SECONDS && seconds < TIME_LIMIT_SECONDS ? seconds * 1000 : null;

/** An integer that is written as a real, such as `5.0`. */
const WHOLE = /^([+-]?\d+)\.0+$/;

/** Returns an id as text: 5, 5.0, '5' and '5.0' are the same id. */
function toId(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value === 'number' && Number.isInteger(value)) return String(BigInt(value));
  const text = Buffer.isBuffer(value) ? value.toString() : String(value);
  return WHOLE.exec(text)?.[1] ?? text;
}
