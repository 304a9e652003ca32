/** Databases of the project that runs the test: SQLite or PostgreSQL (vitest.config.ts). */
import { inject } from 'vitest';
import { openStore, type Store } from '../../src/db/open.ts';
import { takePostgresDatabase } from './postgres-databases.ts';

export const isPostgres = () => inject('dialect') === 'postgres';

/**
 * Opens a new, empty, migrated store; with SQLite, in memory. With PostgreSQL, its database is used again after the store is
 * closed, or after the test.
 * @param options.leaseClock decides leases, instead of the clock of the database
 */
export async function openTestStore(options: { leaseClock?: () => number } = {}): Promise<Store> {
  if (isPostgres()) {
    const database = await takePostgresDatabase();
    const store = openStore(database.url, { synchronousCommit: false, ...options });
    let closed: Promise<void> | undefined;
    const close = () => {
      closed ??= store.close();
      return closed;
    };
    database.beforeRelease(close);
    return { ...store, close: () => close().then(database.release) };
  }
  const store = openStore(':memory:', { synchronousCommit: false, ...options });
  await store.migrate();
  return store;
}

/** Returns the URL of a new database: a migrated one of PostgreSQL, or `sqliteUrl`, which need not exist. */
export const createTestDatabase = async (sqliteUrl: string): Promise<string> =>
  isPostgres() ? (await takePostgresDatabase()).url : sqliteUrl;
