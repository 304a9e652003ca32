import type Database from 'better-sqlite3';
import type { Scope } from '../model/scopes.ts';

// Below 2^50, so that a sum of a few numbers stays exact.
const RANDOM = '(random() & 1125899906842623)';

/** Prepares the reading and the replacing of scope versions (db/model/scopes.ts). */
export function prepareScopeVersions(sqlite: Database.Database) {
  const sumOf = sqlite
    .prepare<[string], number>(
      "SELECT sum(version) FROM scope_versions WHERE scope = 'all' OR scope IN (SELECT value FROM json_each(?))",
    )
    .pluck();
  const replacement = sqlite.prepare<[Scope]>(
    `INSERT INTO scope_versions (scope, version) VALUES (?, ${RANDOM}) ON CONFLICT DO UPDATE SET version = ${RANDOM}`,
  );
  return {
    /** Returns a number that is another one after every change of the data in one of some scopes. */
    sum: (scopes: readonly Scope[]): number => sumOf.get(JSON.stringify(scopes)) ?? 0,
    /** Gives a scope another version, in the transaction that the caller holds. */
    replace(scope: Scope): void {
      replacement.run(scope);
    },
  };
}
