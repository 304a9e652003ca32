import type { SqliteConnection } from './store.ts';

/** What an answer rests on: the HDP tasks, the tasks of one chain, or who may see what. */
export type Scope = 'hdp' | `services ${number}` | 'access';

/** Changes the revision of every scope: for changes that no trigger saw, and whenever derived data is rebuilt. */
export function reviseAll({ $client: sqlite }: SqliteConnection): void {
  sqlite.exec("UPDATE revisions SET number = random() & 1125899906842623 WHERE scope = 'all'");
}

/** @returns reads a number that is another one after every change of the data in one of some scopes */
export function prepareRevision({ $client: sqlite }: SqliteConnection) {
  const revision = sqlite
    .prepare<[string], number>(
      "SELECT sum(number) FROM revisions WHERE scope = 'all' OR scope IN (SELECT value FROM json_each(?))",
    )
    .pluck();
  return (scopes: readonly Scope[]) => revision.get(JSON.stringify(scopes)) ?? 0;
}
