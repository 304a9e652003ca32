/** Check constraints that several tables use. */
import { sql } from 'drizzle-orm';

export const oneOf = (values: readonly string[]) =>
  sql.raw(`(${values.map((value) => `'${value}'`).join(', ')})`);
/** Ids are exact as JSON numbers. */
export const isTaskId = sql.raw(`id BETWEEN 1 AND ${Number.MAX_SAFE_INTEGER}`);
export const isJsonObject = (column: string) =>
  sql.raw(`json_valid(${column}) AND json_type(${column}) = 'object'`);

// 7, 7.0 and 7e0 are the same integer. JSON integers beyond 64 bits are reals, which equal no SQLite integer.
export const integerAt = (path: string) =>
  `CASE WHEN json_type(target, '${path}') IN ('integer', 'real') AND CAST(target ->> '${path}' AS INTEGER) = (target ->> '${path}') THEN CAST(target ->> '${path}' AS INTEGER) END`;
