import type { OnWarning } from '../lib/file-permissions.ts';
import { openSqlite } from './sqlite.ts';
import type { Store } from './store.ts';

/**
 * Opens the database that a URL names: a file path, a `file:` URL, or `:memory:`.
 * @param onWarning told of files that other users of the machine could reach
 * @throws DatabaseError when the file cannot be opened, is no SQLite database, or was made by a newer version
 */
export function openStore(databaseUrl: string, onWarning?: OnWarning): Store {
  return openSqlite(databaseUrl, onWarning);
}

export { isDamaged, isUnavailable } from './sqlite.ts';
export { DatabaseError, type Store } from './store.ts';
