import type { listBlocks } from '../schema.ts';
import type { SqliteConnection } from '../store.ts';

/** A row's place in the order of its lists. */
export interface Place {
  position: number;
  tie: string;
}

type Block = Omit<typeof listBlocks.$inferSelect, 'list'>;

interface Kind {
  places: Place[];
  listsOf(): string[];
}

/** As many rows make a full block; the triggers of the migration `list_blocks` say the same number. */
export const FULL_BLOCK = 4096;

/** Whether `a` comes before `b` in the order of a list. */
export const isBefore = (a: Place, b: Place) =>
  a.position === b.position ? a.tie < b.tie : a.position < b.position;

/** Rows are counted when so many wait, which keeps the memory flat. */
const MOST_PENDING = 50_000;

/**
 * Counts many rows into their lists at once, as the triggers would one by one: for an import, whose rows mostly go to
 * the end of every list. The rows must be in the tables already, and the triggers paused while they were written.
 */
export function createListBuilder(db: SqliteConnection) {
  const pending = new Map<string, Kind>();
  let added = 0;
  const { $client: sqlite } = db;
  const last = sqlite.prepare<[string], Block>(
    `SELECT first_position AS firstPosition, first_tie AS firstTie, last_position AS lastPosition, last_tie AS lastTie, size
     FROM list_blocks WHERE list = ? ORDER BY first_position DESC, first_tie DESC LIMIT 1`,
  );
  const arrive = sqlite.prepare(
    'INSERT INTO list_arrivals (list, position, tie) VALUES (?, CAST(? AS INTEGER), ?)',
  );
  const grow = sqlite.prepare(
    'UPDATE list_blocks SET size = ?, last_position = ?, last_tie = ? WHERE list = ? AND first_position = ? AND first_tie = ?',
  );
  const begin = sqlite.prepare('INSERT INTO list_blocks VALUES (?, ?, ?, ?, ?, ?)');

  /** Counts places that lie beyond the whole list, ascending, into its last block and new ones. */
  function append(list: string, places: readonly Place[], end: Block | undefined): void {
    let from = 0;
    if (end && end.size < FULL_BLOCK) {
      from = Math.min(FULL_BLOCK - end.size, places.length);
      const stop = places[from - 1];
      if (stop) grow.run(end.size + from, stop.position, stop.tie, list, end.firstPosition, end.firstTie);
    }
    for (; from < places.length; from += FULL_BLOCK) {
      const block = places.slice(from, from + FULL_BLOCK);
      const [start, stop] = [block[0], block.at(-1)];
      if (start && stop) begin.run(list, start.position, start.tie, stop.position, stop.tie, block.length);
    }
  }

  /** Counts ascending places into a list. */
  function count(list: string, places: readonly Place[]): void {
    const end = last.get(list);
    const beyond = (place: Place) =>
      !end || isBefore({ position: end.lastPosition, tie: end.lastTie }, place);
    const appended = places.findIndex(beyond);
    const amid = appended === -1 ? places : places.slice(0, appended);
    for (const { position, tie } of amid) arrive.run(list, position, tie);
    if (appended === -1) return;
    append(
      list,
      amid.length === 0 ? places : places.slice(appended),
      amid.length === 0 ? end : last.get(list),
    );
  }

  return {
    /**
     * Adds a row.
     * @param kind what rows that are in the same lists have in common
     * @param listsOf names the lists of that kind; asked for once for all its rows that wait
     */
    add(kind: string, place: Place, listsOf = () => [kind]): void {
      const known = pending.get(kind);
      if (known) known.places.push(place);
      else pending.set(kind, { places: [place], listsOf });
      added += 1;
      if (added >= MOST_PENDING) this.flush();
    },
    /** Writes what was added; until then no list knows of it. */
    flush(): void {
      const lists = new Map<string, Place[]>();
      for (const { places, listsOf } of pending.values()) {
        for (const list of listsOf()) {
          const listed = lists.get(list);
          if (listed) for (const place of places) listed.push(place);
          else lists.set(list, [...places]);
        }
      }
      for (const [list, places] of lists) {
        places.sort((a, b) => (isBefore(a, b) ? -1 : 1));
        count(list, places);
      }
      pending.clear();
      added = 0;
    },
  };
}

export type ListBuilder = ReturnType<typeof createListBuilder>;
