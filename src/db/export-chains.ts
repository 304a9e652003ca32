import type Database from 'better-sqlite3';
import type { Expression } from './export-conditions.ts';
import { quoteIdentifier } from './sql-identifiers.ts';

/** Returns the expression that a row of a table belongs to a chain. */
export type InChain = (table: string, chain: number) => Expression;

/**
 * Creates the function that finds a chain's rows, whether `chain_id` holds integers, reals or texts. Column types do not tell:
 * SQLite keeps a text in a column without a type, and a view's expression has none. So each table is asked once which spellings
 * it has; with one of them alone, which is the rule, an index still gives the rows in the order of the rowid.
 */
export function createInChain(sqlite: Database.Database): InChain {
  const known = new Map<string, Expression>();
  return (table, chain) => {
    const key = `${chain} ${table}`;
    const expression = known.get(key) ?? toExpression(spellingsIn(sqlite, table, chain));
    known.set(key, expression);
    return expression;
  };
}

type Spelling = string | number | bigint;

function spellingsIn(sqlite: Database.Database, table: string, chain: number): Spelling[] {
  // The chain is bound as an integer: SQLite would take a large number for a real, which a text column writes with `.0`.
  const spellings: Spelling[] = [BigInt(chain), String(chain), `${chain}.0`];
  const found = sqlite
    .prepare<Spelling[], Spelling>(
      `SELECT DISTINCT "chain_id" FROM ${quoteIdentifier(table)} WHERE "chain_id" IN (?, ?, ?)`,
    )
    .pluck()
    .all(...spellings);
  return found.length === 0 ? spellings.slice(0, 1) : found;
}

const toExpression = (spellings: readonly Spelling[]): Expression => ({
  sql: spellings.length === 1 ? '"chain_id" = ?' : `"chain_id" IN (${spellings.map(() => '?').join(', ')})`,
  values: [...spellings],
});
