import type Database from 'better-sqlite3';
import type { Expression } from './export-conditions.ts';
import { quoteIdentifier } from './sql-identifiers.ts';

/** Returns the SQL condition that a row of a table belongs to a chain. */
export type InChain = (table: string, chain: number) => Expression;

/**
 * Creates a function that returns the condition, whether `chain_id` holds integers, reals or texts. The type of the column
 * does not determine this: columns without a type and views hold any type. So each table is queried once for the values that
 * occur. Usually there is one, and an index then returns the rows in the order of the rowid.
 */
export function createInChain(sqlite: Database.Database): InChain {
  const cache = new Map<string, Expression>();
  return (table, chain) => {
    const key = `${chain} ${table}`;
    const expression = cache.get(key) ?? toExpression(chainValuesIn(sqlite, table, chain));
    cache.set(key, expression);
    return expression;
  };
}

type ChainValue = string | number | bigint;

function chainValuesIn(sqlite: Database.Database, table: string, chain: number): ChainValue[] {
  // BigInt binds an integer. A number would be a real, which compares with a text column as text with `.0`.
  const values: ChainValue[] = [BigInt(chain), String(chain), `${chain}.0`];
  const found = sqlite
    .prepare<ChainValue[], ChainValue>(
      `SELECT DISTINCT "chain_id" FROM ${quoteIdentifier(table)} WHERE "chain_id" IN (?, ?, ?)`,
    )
    .pluck()
    .all(...values);
  return found.length === 0 ? values.slice(0, 1) : found;
}

const toExpression = (values: readonly ChainValue[]): Expression => ({
  sql: values.length === 1 ? '"chain_id" = ?' : `"chain_id" IN (${values.map(() => '?').join(', ')})`,
  values: [...values],
});
