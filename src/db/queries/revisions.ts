import type { SqliteConnection } from '../sqlite.ts';

/** What an answer rests on: the HDP tasks, the tasks of one chain, or who may see what. */
export type Scope = 'hdp' | `services ${number}` | 'access';

/** Raises the revision of every scope: for changes that no trigger saw. */
export function reviseAll({ $client: sqlite }: SqliteConnection): void {
  sqlite.exec("UPDATE revisions SET number = number + 1 WHERE scope = 'all'");
}

/** @returns reads a number that grows with every change of the data in one of some scopes */
export function prepareRevision({ $client: sqlite }: SqliteConnection) {
  const revision = sqlite
    .prepare<[string], number>(
      "SELECT sum(number) FROM revisions WHERE scope = 'all' OR scope IN (SELECT value FROM json_each(?))",
    )
    .pluck();
  return (scopes: readonly Scope[]) => revision.get(JSON.stringify(scopes)) ?? 0;
}
