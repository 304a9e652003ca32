/** Checks that several tables have. */
import { sql } from 'drizzle-orm';

export const oneOf = (values: readonly string[]) =>
  sql.raw(`(${values.map((value) => `'${value}'`).join(', ')})`);
/** An id is exact as a JSON number. */
export const isTaskId = sql.raw(`id BETWEEN 1 AND ${Number.MAX_SAFE_INTEGER}`);
export const isJsonObject = (column: string) =>
  sql.raw(`json_valid(${column}) AND json_type(${column}) = 'object'`);

// An integer is one however JSON spells it (7, 7.0, 7e0); one beyond 64 bits comes as a real that no integer equals.
export const integerAt = (path: string) =>
  `CASE WHEN json_type(target, '${path}') IN ('integer', 'real') AND CAST(target ->> '${path}' AS INTEGER) = (target ->> '${path}') THEN CAST(target ->> '${path}' AS INTEGER) END`;
