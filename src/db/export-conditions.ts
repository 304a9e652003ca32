import type Database from 'better-sqlite3';
import { parseMoment } from '../moment.ts';
import { fold } from './fold.ts';

/** An end of a range: `>=` and `<=` hold for the value itself. */
export interface Bound {
  is: '>' | '>=' | '<' | '<=';
  value: number;
}

/**
 * What a column of a row must be. A row whose column is null, or cannot be read as what is asked (a word where a number is),
 * meets none but a negated condition.
 * - text: equals or contains the text, whatever the case; a number counts as its decimal digits.
 * - number: within all bounds; a text that is a decimal number counts as one.
 * - time: within all bounds, in Unix milliseconds; a column has ISO 8601 text (UTC where it says no zone) or Unix seconds.
 */
export type Condition =
  | { kind: 'text'; column: string; test: 'equals' | 'contains'; text: string; isNegated: boolean }
  | { kind: 'number' | 'time'; column: string; bounds: readonly Bound[] };

/** An SQL expression, and what is bound to its question marks in their order. */
export interface Expression {
  sql: string;
  values: (string | number | bigint)[];
}

/** The expression that a condition is on a column, not true where it is not met; `column` is its quoted name. */
export function expressionOf(condition: Condition, column: string): Expression {
  if (condition.kind === 'text') {
    const folded = `taskgate_fold(${column})`;
    const met = condition.test === 'equals' ? `${folded} = ?` : `instr(${folded}, ?) > 0`;
    const sql = `coalesce(${met}, 0) = ${condition.isNegated ? 0 : 1}`;
    return { sql, values: [fold(condition.text)] };
  }
  const read = `taskgate_${condition.kind}(${column})`;
  const met = condition.bounds.map((bound) => `${read} ${bound.is} ?`).join(' AND ');
  return { sql: met, values: condition.bounds.map((bound) => bound.value) };
}

/** Gives a connection the functions that the expressions call. */
export function addConditionFunctions(sqlite: Database.Database): void {
  const options = { deterministic: true, safeIntegers: true };
  sqlite.function('taskgate_fold', options, foldedText);
  sqlite.function('taskgate_number', options, readNumber);
  sqlite.function('taskgate_time', options, readTime);
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

function readTime(value: unknown): number | null {
  if (typeof value === 'bigint' || typeof value === 'number') return Number(value) * 1000;
  return typeof value === 'string' ? (parseMoment(value)?.at ?? null) : null;
}
