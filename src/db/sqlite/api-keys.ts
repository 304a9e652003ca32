import { asc, eq, sql } from 'drizzle-orm';
import type { ApiKeyQueries } from '../queries/credentials.ts';
import type { ApiKey } from '../rows.ts';
import type { SqliteConnection } from './connection.ts';
import { apiKeys } from './schema.ts';
import type { Write } from './write-queue.ts';

/** Inserts a key in the caller's transaction. @returns false if the id or the key is taken */
export type InsertApiKey = (key: Omit<ApiKey, 'revokedAt'>) => boolean;

export function createApiKeyQueries(
  db: SqliteConnection,
  write: Write,
): ApiKeyQueries & { insert: InsertApiKey } {
  const { $client: sqlite } = db;
  const byHash = db
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.keyHash, sql.placeholder('keyHash')))
    .prepare();
  const insertion = sqlite.prepare<[string, Buffer, string, string, number]>(
    `INSERT INTO api_keys (id, key_hash, role, label, created_at)
     VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const removal = sqlite.prepare<[string]>('DELETE FROM api_keys WHERE id = ?');
  const revocation = sqlite.prepare<[number, string]>(
    'UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL',
  );
  const insert: InsertApiKey = ({ id, keyHash, role, label, createdAt }) =>
    insertion.run(id, keyHash, role, label, createdAt).changes === 1;
  return {
    insert,
    async find(keyHash) {
      return byHash.get({ keyHash });
    },
    add: (key) => write(() => insert(key)),
    async remove(id) {
      await write(() => removal.run(id));
    },
    async list() {
      return db.select().from(apiKeys).orderBy(asc(apiKeys.createdAt), asc(apiKeys.id)).all();
    },
    revoke: (id, now) => write(() => revocation.run(now, id).changes === 1),
  };
}
