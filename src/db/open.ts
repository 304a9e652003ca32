import type { OpenOptions } from './sqlite/connection.ts';
import { openSqlite } from './sqlite/store.ts';
import type { Store } from './store.ts';

/**
 * Opens the database that a URL names: a file path, a `file:` URL, or `:memory:`.
 * @throws DatabaseError if the file cannot be opened, is no SQLite database, or belongs to another program
 */
export function openStore(databaseUrl: string, options: OpenOptions = {}): Store {
  return openSqlite(databaseUrl, options);
}

export { isBusy, isDamaged, isUnavailable, missingTable } from './sqlite/errors.ts';
export { DatabaseError, type Store } from './store.ts';
