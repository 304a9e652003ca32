/**
 * Protects tables with derived data from writes by other programs. Triggers on these tables call a function that only
 * connections of taskgate have. In other programs, such as the sqlite3 shell, a write fails with the name of the function,
 * which tells the user what to do.
 */
import type Database from 'better-sqlite3';

/** Called by the triggers of the migration `store_writes`. */
const GUARD_FUNCTION = 'use_the_taskgate_command_to_change_this';

/** Lets a connection change guarded tables. */
export function passGuard(sqlite: Database.Database): void {
  // Otherwise SQLite does not let triggers call functions of the application.
  sqlite.pragma('trusted_schema = ON');
  sqlite.function(GUARD_FUNCTION, { deterministic: true }, () => 1);
}
