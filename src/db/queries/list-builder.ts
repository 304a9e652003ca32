import { sql } from 'drizzle-orm';
import { listBlocks } from '../schema.ts';
import type { SqliteConnection } from '../sqlite.ts';

/** A row's place in the order of its lists. */
export interface Place {
  position: number;
  tie: string;
}

/** As many rows make a full block; the triggers of the migration `list_blocks` say the same number. */
export const FULL_BLOCK = 4096;

/** Whether `a` comes before `b` in the order of a list. */
export const isBefore = (a: Place, b: Place) =>
  a.position === b.position ? a.tie < b.tie : a.position < b.position;

/** Places are written when so many wait, which keeps the memory flat. */
const MOST_PENDING = 200_000;

/**
 * Counts many rows into their lists at once, as the triggers would one by one: for an import, whose rows mostly go to
 * the end of every list. The rows must be in the tables already, and the triggers paused while they were written.
 */
export function createListBuilder(db: SqliteConnection) {
  const pending = new Map<string, Place[]>();
  let added = 0;
  const last = db
    .select()
    .from(listBlocks)
    .where(sql`${listBlocks.list} = ${sql.placeholder('list')}`)
    .orderBy(sql`${listBlocks.firstPosition} DESC, ${listBlocks.firstTie} DESC`)
    .limit(1)
    .prepare();
  const { $client: sqlite } = db;
  const arrive = sqlite.prepare(
    'INSERT INTO list_arrivals (list, position, tie) VALUES (?, CAST(? AS INTEGER), ?)',
  );
  const grow = sqlite.prepare(
    'UPDATE list_blocks SET size = ?, last_position = ?, last_tie = ? WHERE list = ? AND first_position = ? AND first_tie = ?',
  );
  const begin = sqlite.prepare('INSERT INTO list_blocks VALUES (?, ?, ?, ?, ?, ?)');

  /** Counts places that lie beyond the whole list, ascending, into its last block and new ones. */
  function append(
    list: string,
    places: readonly Place[],
    end: typeof listBlocks.$inferSelect | undefined,
  ): void {
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

  return {
    /** Adds a row to the lists that it is in. */
    add(lists: readonly string[], place: Place): void {
      for (const list of lists) {
        const places = pending.get(list);
        if (places) places.push(place);
        else pending.set(list, [place]);
      }
      added += lists.length;
      if (added >= MOST_PENDING) this.flush();
    },
    /** Writes what was added; until then no list knows of it. */
    flush(): void {
      for (const [list, places] of pending) {
        places.sort((a, b) => (isBefore(a, b) ? -1 : 1));
        const end = last.get({ list });
        const beyond = (place: Place) =>
          !end || isBefore({ position: end.lastPosition, tie: end.lastTie }, place);
        const appended = places.findIndex(beyond);
        const amid = appended === -1 ? places : places.slice(0, appended);
        for (const { position, tie } of amid) arrive.run(list, position, tie);
        if (appended === -1) continue;
        append(
          list,
          amid.length === 0 ? places : places.slice(appended),
          amid.length === 0 ? end : last.get({ list }),
        );
      }
      pending.clear();
      added = 0;
    },
  };
}

export type ListBuilder = ReturnType<typeof createListBuilder>;
