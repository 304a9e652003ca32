/**
 * The change accumulator: collects the changes of a transaction. The derived data (list blocks, search index, figures, scope
 * versions) is then written once, before the commit. It is free of SQL: each dialect writes what `take()` returns.
 */
import type { KeyChange } from './blocks.ts';
import type { FigureChange } from './figures.ts';
import type { ListGroup } from './lists.ts';
import type { Scope } from './scopes.ts';
import type { SortKey } from './sort-key.ts';

/** A task that is added (`change` 1) or removed (-1). */
export interface SearchChange extends SortKey {
  programId: number | null;
  change: number;
}

/** A task that enters (`change.by` 1) or leaves (-1) the lists of a group. */
export interface ListChange {
  group: ListGroup;
  change: KeyChange;
}

/** The changes of a transaction since the last `take()`. */
export interface TakenChanges {
  lists: readonly ListChange[];
  search: readonly SearchChange[];
  figures: readonly FigureChange[];
  scopes: ReadonlySet<Scope>;
  /** The highest id of the Services tasks that the transaction inserted; 0 for none. */
  highestServicesId: number;
}

/** A point in a transaction, to which `rollbackTo` returns. */
export interface ChangesMark {
  readonly keys: number;
  readonly search: number;
  readonly figures: number;
  readonly scopes: number;
}

export type Changes = ReturnType<typeof createChanges>;

export function createChanges() {
  const keys: ListChange[] = [];
  const search: SearchChange[] = [];
  const figures: FigureChange[] = [];
  const scopes: Scope[] = [];
  let highestServicesId = 0;
  return {
    /** Adds a task to the lists of a group (`by` 1) or removes it from them (-1). */
    addListChange(group: ListGroup, key: SortKey, by: 1 | -1): void {
      keys.push({ group, change: { key, by } });
    },
    addSearchChange(change: SearchChange): void {
      search.push(change);
    },
    /** Adds a task or a pass to the figures, or removes it from them. */
    addFigureChange(change: FigureChange): void {
      figures.push(change);
    },
    addScope(scope: Scope): void {
      // Most transactions change one scope many times.
      if (scopes.at(-1) !== scope) scopes.push(scope);
    },
    addServicesId(id: number): void {
      highestServicesId = Math.max(highestServicesId, id);
    },
    highestServicesId: () => highestServicesId,
    /** The number of list changes. A bulk load writes them when there are many. */
    listChangeCount: () => keys.length,
    mark: (): ChangesMark => ({
      keys: keys.length,
      search: search.length,
      figures: figures.length,
      scopes: scopes.length,
    }),
    /**
     * Removes the changes since the mark, except ids, because an id is never used twice. `take()` must not be called
     * between the two.
     */
    rollbackTo(mark: ChangesMark): void {
      keys.length = mark.keys;
      search.length = mark.search;
      figures.length = mark.figures;
      scopes.length = mark.scopes;
    },
    /** Returns all changes and clears the accumulator. */
    take(): TakenChanges {
      const taken = {
        lists: [...keys],
        search: [...search],
        figures: [...figures],
        scopes: new Set(scopes),
        highestServicesId,
      };
      this.clear();
      return taken;
    },
    clear(): void {
      keys.length = 0;
      search.length = 0;
      figures.length = 0;
      scopes.length = 0;
      highestServicesId = 0;
    },
  };
}

/** Returns the changes of each list by its name. */
export function groupByList(entries: readonly ListChange[]): Map<string, readonly KeyChange[]> {
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
