import type Database from 'better-sqlite3';

/** The names of the triggers of a frozen database begin with it. */
export const FROZEN_PREFIX = 'frozen_';

/** Returns the names of the triggers that refuse changes; none if the database is not frozen. */
export const listFrozenTriggers = (sqlite: Database.Database): string[] =>
  sqlite
    .prepare<[string], string>("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name GLOB ?")
    .pluck()
    .all(`${FROZEN_PREFIX}*`);
