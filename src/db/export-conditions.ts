import type Database from 'better-sqlite3';
import { parseDateTime } from '../dates.ts';
import { fold } from './model/fold.ts';

/** An end of a range: `>=` and `<=` hold for the value itself. */
export interface Bound {
  is: '>' | '>=' | '<' | '<=';
  value: number;
}

/**
 * A condition on a column of a row. A null meets only a negated condition. A value that cannot be read as a number or a time
 * makes a `number` or `time` condition unknown (null in SQL), so that such rows can be counted.
 * - text: equals or contains the text, whatever the case; a number counts as its decimal digits.
 * - number: within all bounds; a text that is a decimal number counts as one.
 * - time: within all bounds, in Unix milliseconds; a column has ISO 8601 text (UTC where it says no zone) or Unix seconds, as a
 *   number or as 9 or 10 digits.
 */
export type Condition =
  | { kind: 'text'; column: string; test: 'equals' | 'contains'; text: string; isNegated: boolean }
  | { kind: 'number' | 'time'; column: string; bounds: readonly Bound[] };

/** An SQL expression, and what is bound to its question marks in their order. */
export interface Expression {
  sql: string;
  values: (string | number | bigint)[];
}

/** The condition as SQL: 1, 0, or null where the column cannot be read. @param column its quoted name */
export function expressionOf(condition: Condition, column: string): Expression {
  if (condition.kind === 'text') {
    const folded = `taskgate_fold(${column})`;
    const met = condition.test === 'equals' ? `${folded} = ?` : `instr(${folded}, ?) > 0`;
    const sql = `coalesce(${met}, 0) = ${condition.isNegated ? 0 : 1}`;
    return { sql, values: [fold(condition.text)] };
  }
  const read = `taskgate_${condition.kind}(${column})`;
  const met = condition.bounds.map((bound) => `${read} ${bound.is} ?`).join(' AND ');
  return {
    sql: `CASE WHEN ${column} IS NULL THEN 0 ELSE ${met} END`,
    values: condition.bounds.map((bound) => bound.value),
  };
}

/** Whether a condition can be unknown for a row. */
export const canBeUnreadable = ({ kind }: Condition) => kind !== 'text';

/** Gives a connection the functions that the expressions call. */
export function addConditionFunctions(sqlite: Database.Database): void {
  const options = { deterministic: true, safeIntegers: true };
  sqlite.function('taskgate_fold', options, foldedText);
  sqlite.function('taskgate_number', options, readNumber);
  sqlite.function('taskgate_time', options, readTime);
  sqlite.function('taskgate_id', options, readId);
}

function foldedText(value: unknown): string | null {
  if (typeof value === 'string') return fold(value);
  return typeof value === 'bigint' || typeof value === 'number' ? fold(String(value)) : null;
}

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

function readNumber(value: unknown): bigint | number | null {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return typeof value === 'string' && DECIMAL.test(value.trim()) ? Number(value) : null;
}

/** The year 10000 in Unix seconds. A larger number is of another unit, such as milliseconds. */
const TIME_LIMIT = 253_402_300_800;
/** Year 0 in Unix seconds. */
const MIN_TIME = -62_167_219_200;
const UNIX_SECONDS = /^\d{9,10}(\.\d+)?$/;

function readTime(value: unknown): number | null {
  if (typeof value === 'bigint' || typeof value === 'number') return ofSeconds(Number(value));
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return parseDateTime(text)?.at ?? (UNIX_SECONDS.test(text) ? ofSeconds(Number(text)) : null);
}

const ofSeconds = (seconds: number) => (seconds >= MIN_TIME && seconds < TIME_LIMIT ? seconds * 1000 : null);

/** What a column without decimals writes as `5`, and one of reals or texts as `5.0`. */
const WHOLE = /^([+-]?\d+)\.0+$/;

/** An id as text, so that a number equals its digits: 5, 5.0, '5' and '5.0' are one id. */
function readId(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value === 'number' && Number.isInteger(value)) return String(BigInt(value));
  const text = Buffer.isBuffer(value) ? value.toString() : String(value);
  return WHOLE.exec(text)?.[1] ?? text;
}
