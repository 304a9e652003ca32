import { openSqlite } from './sqlite.ts';
import type { Store } from './store.ts';

/**
 * Opens the database that a URL names: a file path, a `file:` URL, or `:memory:`.
 * @throws DatabaseError when the file cannot be opened, is no SQLite database, or was made by a newer version
 */
export function openStore(databaseUrl: string): Store {
  return openSqlite(databaseUrl);
}

export { isDamaged, isUnavailable } from './sqlite.ts';
export { DatabaseError, type Store } from './store.ts';
