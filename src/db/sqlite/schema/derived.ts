/** The tables of derived data: what lists, totals and searches are read from. */
import { blob, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** The blocks of every ordered list (db/model/blocks.ts): what makes totals and deep pages cheap. */
export const listBlocks = sqliteTable(
  'list_blocks',
  {
    /** JSON array that names the list: `["hdp"]`, `["services",1764,"DONE",null,null]`. */
    list: text().notNull(),
    /** Where the block begins: the order's integer, then its text ('' where ids alone order). */
    firstPosition: integer('first_position').notNull(),
    firstTie: text('first_tie').notNull(),
    /** No row of the block lies beyond this. */
    lastPosition: integer('last_position').notNull(),
    lastTie: text('last_tie').notNull(),
    size: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.list, table.firstPosition, table.firstTie] })],
);

/**
 * The distinct programs of HDP tasks, and how many tasks each has: a search looks through these few instead of all
 * tasks. A program stays when its last task goes.
 */
export const hdpPrograms = sqliteTable('hdp_programs', {
  id: integer().primaryKey({ autoIncrement: true }),
  /** JSON array of the hash and the name, which makes nulls comparable. */
  identity: text().notNull().unique(),
  hash: text(),
  name: text(),
  tasks: integer().notNull(),
  /** Random: a row with the token that was seen before is that row, even after a restore. */
  token: integer().notNull().default(0),
});

/**
 * The counts of one stretch of the list of all HDP tasks, encoded (see `model/search-block.ts`). A task belongs to the
 * last block that begins at or before it, or to the first block. Exact together with `pending_search_changes`.
 */
export const hdpSearchBlocks = sqliteTable(
  'hdp_search_blocks',
  {
    firstPosition: integer('first_position').notNull(),
    firstTie: text('first_tie').notNull(),
    /** Random, and replaced at every change. */
    version: integer().notNull(),
    counts: blob({ mode: 'buffer' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.firstPosition, table.firstTie] })],
);

/** Tasks that were added to the list or to a program (`change` 1), or removed (-1), and not yet counted in a block. */
export const pendingSearchChanges = sqliteTable('pending_search_changes', {
  id: integer().primaryKey(),
  createdAt: integer('created_at').notNull(),
  uuid: text().notNull(),
  programId: integer('program_id'),
  change: integer().notNull(),
});

/**
 * The state of derived data: `lists`, `programs` and `search_blocks` are 1 once built, `uuids` is the highest task id in the
 * trigram index, and `search_version` is a random number that is replaced whenever a search block changes.
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
