import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import { type ApiKey, apiKeys } from './schema.ts';
import type { SqliteConnection } from './store.ts';

/** Who may write in the HDP API (contract B1). Keys come in hashed; times are Unix milliseconds. */
export interface ApiKeyQueries {
  /** The key of this hash, revoked or not. */
  find(keyHash: Buffer): Promise<ApiKey | undefined>;
  /** False when the id or the key is taken; then nothing is written. */
  add(key: Omit<ApiKey, 'revokedAt'>): Promise<boolean>;
  /** Deletes a key that nobody has received. */
  remove(id: string): Promise<void>;
  list(): Promise<ApiKey[]>;
  /** False when there is no such key, or it was revoked before. */
  revoke(id: string, now: number): Promise<boolean>;
}

export function createApiKeyQueries(db: SqliteConnection): ApiKeyQueries {
  const byHash = db
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.keyHash, sql.placeholder('keyHash')))
    .prepare();
  return {
    async find(keyHash) {
      return byHash.get({ keyHash });
    },
    async add(key) {
      return db.insert(apiKeys).values(key).onConflictDoNothing().run().changes === 1;
    },
    async remove(id) {
      db.delete(apiKeys).where(eq(apiKeys.id, id)).run();
    },
    async list() {
      return db.select().from(apiKeys).orderBy(asc(apiKeys.createdAt), asc(apiKeys.id)).all();
    },
    async revoke(id, now) {
      const live = and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt));
      return db.update(apiKeys).set({ revokedAt: now }).where(live).run().changes === 1;
    },
  };
}
