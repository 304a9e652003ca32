import { eq } from 'drizzle-orm';
import { ownKeys } from './schema.ts';
import type { SqliteConnection } from './store.ts';
import type { Write } from './write.ts';

/** Keys that the program makes for itself, once for all processes that share the database. */
export interface OwnKeyQueries {
  /** The key of a name: the one that is kept, or `fresh`, which is kept from now on. */
  get(name: string, fresh: Buffer): Promise<Buffer>;
}

export function createOwnKeyQueries(db: SqliteConnection, write: Write): OwnKeyQueries {
  const kept = (name: string) => db.select().from(ownKeys).where(eq(ownKeys.name, name)).get()?.key;
  return {
    get: async (name, fresh) =>
      kept(name) ??
      write(() => {
        db.insert(ownKeys).values({ name, key: fresh }).onConflictDoNothing().run();
        return kept(name) ?? fresh;
      }),
  };
}
