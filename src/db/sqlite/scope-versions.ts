import type Database from 'better-sqlite3';
import type { Scope } from '../model/scopes.ts';

// Below 2^50, so that the sum of some versions stays exact.
const RANDOM = '(random() & 1125899906842623)';

/** Prepares the statements that read and replace scope versions (db/model/scopes.ts). */
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
    /** Returns a number that changes with every change of the data in any of the scopes. */
    sum: (scopes: readonly Scope[]): number => sumOf.get(JSON.stringify(scopes)) ?? 0,
    /** Gives a scope a new version, in the caller's transaction. */
    replace(scope: Scope): void {
      replacement.run(scope);
    },
  };
}
