/**
 * The change accumulator: notes what a transaction changes, so that the derived data (blocks of lists, the search
 * index, scope versions) is written once per transaction, before the commit, however many tasks it changes. It is
 * free of SQL: each dialect writes what `take()` returns.
 */
import type { KeyChange } from './blocks.ts';
import type { ListGroup } from './lists.ts';
import type { Scope } from './scopes.ts';
import type { SortKey } from './sort-key.ts';

/** A task that is added to the list or to a program (`change` 1), or removed from it (-1). */
export interface SearchChange extends SortKey {
  programId: number | null;
  change: number;
}

/** All that a transaction has changed since the last `take()`. */
export interface TakenChanges {
  lists: ReadonlyMap<string, readonly KeyChange[]>;
  search: readonly SearchChange[];
  scopes: ReadonlySet<Scope>;
  /** The highest id that the Services tasks of the transaction were given or brought; 0 for none. */
  highestServicesId: number;
}

/** A moment in a transaction, to which `rollbackTo` returns. */
export interface ChangesMark {
  readonly keys: number;
  readonly search: number;
  readonly scopes: number;
}

export type Changes = ReturnType<typeof createChanges>;

export function createChanges() {
  const keys: { group: ListGroup; change: KeyChange }[] = [];
  const search: SearchChange[] = [];
  const scopes: Scope[] = [];
  let highestServicesId = 0;
  return {
    /** Notes that a task comes into the lists of a group (`by` 1) or leaves them (-1). */
    list(group: ListGroup, key: SortKey, by: 1 | -1): void {
      keys.push({ group, change: { key, by } });
    },
    search(change: SearchChange): void {
      search.push(change);
    },
    scope(scope: Scope): void {
      // Most transactions change one scope many times.
      if (scopes.at(-1) !== scope) scopes.push(scope);
    },
    servicesId(id: number): void {
      highestServicesId = Math.max(highestServicesId, id);
    },
    highestServicesId: () => highestServicesId,
    /** The number of tasks noted, by which a bulk load decides when to write them. */
    size: () => keys.length,
    mark: (): ChangesMark => ({ keys: keys.length, search: search.length, scopes: scopes.length }),
    /** Forgets what was noted since the mark, but for ids: an id is not given twice. Nothing may have been taken between. */
    rollbackTo(mark: ChangesMark): void {
      keys.length = mark.keys;
      search.length = mark.search;
      scopes.length = mark.scopes;
    },
    /** Returns all that was noted, and forgets it. */
    take(): TakenChanges {
      const taken = {
        lists: byList(keys),
        search: [...search],
        scopes: new Set(scopes),
        highestServicesId,
      };
      this.clear();
      return taken;
    },
    clear(): void {
      keys.length = 0;
      search.length = 0;
      scopes.length = 0;
      highestServicesId = 0;
    },
  };
}

function byList(
  entries: readonly { group: ListGroup; change: KeyChange }[],
): Map<string, readonly KeyChange[]> {
  const byGroup = new Map<ListGroup, KeyChange[]>();
  for (const { group, change } of entries) {
    const changes = byGroup.get(group);
    if (changes) changes.push(change);
    else byGroup.set(group, [change]);
  }
  const lists = new Map<string, KeyChange[]>();
  for (const [group, changes] of byGroup) {
    for (const list of group.lists) {
      const before = lists.get(list);
      if (before) for (const change of changes) before.push(change);
      else lists.set(list, [...changes]);
    }
  }
  return lists;
}
