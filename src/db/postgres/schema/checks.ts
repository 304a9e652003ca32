/** Check constraints that several tables use. */
import { sql } from 'drizzle-orm';

export const oneOf = (values: readonly string[]) =>
  sql.raw(`(${values.map((value) => `'${value}'`).join(', ')})`);
/** Ids are exact as JSON numbers. */
export const isTaskId = sql.raw(`id BETWEEN 1 AND ${Number.MAX_SAFE_INTEGER}`);
/** True for the text of a JSON object or array. PostgreSQL 15 has no IS JSON. Text that is not JSON is an error. */
export const isJson = (column: string, type: 'object' | 'array') =>
  sql.raw(`json_typeof(${column}::json) = '${type}'`);
