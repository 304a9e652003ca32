/** Checks that the open database is still the file at its path. Writes to a removed file are lost when it is closed. */
import { type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import Database from 'better-sqlite3';

/**
 * Creates a check for an open database file. It takes a few microseconds.
 * @returns a function that throws SqliteError SQLITE_READONLY_DBMOVED if the file was removed, moved or replaced
 */
export function createMovedFileCheck(path: string): () => void {
  const absolute = resolve(path);
  const opened = statsOf(absolute);
  return () => {
    const found = statsOf(absolute);
    if (found && opened && found.ino === opened.ino && found.dev === opened.dev) return;
    throw new Database.SqliteError(
      `${absolute} was removed, moved or replaced while it was open; restart taskgate`,
      'SQLITE_READONLY_DBMOVED',
    );
  };
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
