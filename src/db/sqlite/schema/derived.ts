/** The tables of derived data, from which lists, totals and searches are read. */
import { blob, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** The blocks of all lists (db/model/blocks.ts), which make totals and deep pages cheap. */
export const listBlocks = sqliteTable(
  'list_blocks',
  {
    /** JSON array that names the list: `["hdp"]`, `["services",1764,"DONE",null,null]`. */
    list: text().notNull(),
    /** The first key (db/model/sort-key.ts). */
    firstPosition: integer('first_position').notNull(),
    firstTie: text('first_tie').notNull(),
    /** The last key: no row of the block is after it. */
    lastPosition: integer('last_position').notNull(),
    lastTie: text('last_tie').notNull(),
    size: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.list, table.firstPosition, table.firstTie] })],
);

/**
 * The distinct programs of HDP tasks, with the number of tasks of each. A search compares these few texts instead of all
 * tasks. A program stays after its last task was removed.
 */
export const hdpPrograms = sqliteTable('hdp_programs', {
  id: integer().primaryKey({ autoIncrement: true }),
  /** JSON array of the hash and the name. Unlike the columns, it compares nulls as equal. */
  identity: text().notNull().unique(),
  hash: text(),
  name: text(),
  tasks: integer().notNull(),
  /** Random: a row with a known token is the same row, even after a restore. */
  token: integer().notNull().default(0),
});

/**
 * The encoded counts of consecutive tasks of the HDP list (`model/search-block.ts`). A task belongs to the last block that
 * begins at or before it, or to the first block. The counts are exact together with `pending_search_changes`.
 */
export const hdpSearchBlocks = sqliteTable(
  'hdp_search_blocks',
  {
    firstPosition: integer('first_position').notNull(),
    firstTie: text('first_tie').notNull(),
    /** A random number that is replaced with every change. */
    version: integer().notNull(),
    counts: blob({ mode: 'buffer' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.firstPosition, table.firstTie] })],
);

/** Tasks that were added (`change` 1) or removed (-1), and that no search block counts yet. */
export const pendingSearchChanges = sqliteTable('pending_search_changes', {
  id: integer().primaryKey(),
  createdAt: integer('created_at').notNull(),
  uuid: text().notNull(),
  programId: integer('program_id'),
  change: integer().notNull(),
});

/** The counters of the figures of HDP tasks (db/model/figures.ts). A missing counter is 0. */
export const hdpFigures = sqliteTable(
  'hdp_figures',
  {
    figure: text().notNull(),
    position: integer().notNull(),
    value: text().notNull(),
    amount: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.figure, table.position, table.value] })],
);

/**
 * The state of the derived data. `lists`, `programs`, `search_blocks` and `figures` are 1 after they were built. `uuids` is the highest
 * task id in the trigram index. `search_version` is a random number that is replaced with every change of a search block.
 */
export const derivedState = sqliteTable('derived_state', {
  part: text().primaryKey(),
  value: integer().notNull(),
});

/** Scope versions (db/model/scopes.ts): a random number below 2^50 for each scope. */
export const scopeVersions = sqliteTable('scope_versions', {
  scope: text().primaryKey(),
  version: integer().notNull(),
});
