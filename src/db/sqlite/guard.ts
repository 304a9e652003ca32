/**
 * Guards the tables whose derived data the store writes: triggers on them call a function that only the connections of
 * taskgate have. In any other program, such as the sqlite3 shell, a change of these tables fails with the name of the
 * function, which says what to do instead, and the derived data stays right.
 */
import type Database from 'better-sqlite3';

/** Called by the triggers of the migration `store_writes`. */
const GUARD_FUNCTION = 'use_the_taskgate_command_to_change_this';

/** Lets a connection change guarded tables. */
export function passGuard(sqlite: Database.Database): void {
  // Without this, SQLite keeps triggers from calling functions of the application.
  sqlite.pragma('trusted_schema = ON');
  sqlite.function(GUARD_FUNCTION, { deterministic: true }, () => 1);
}
