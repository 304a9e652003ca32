import type { ApiKeyQueries } from '../queries/credentials.ts';
import type { ApiKey } from '../rows.ts';
import type { Pool } from './connection.ts';
import { apiKeys } from './schema.ts';
import { columnsOf, statement, writtenColumns } from './statements.ts';
import type { Write, WriteTransaction } from './transactions.ts';

type NewApiKey = Omit<ApiKey, 'revokedAt'>;

const columns = columnsOf(apiKeys);
const written = writtenColumns(apiKeys, ['revokedAt']);

const byHash = statement<{ keyHash: Buffer }, ApiKey>(
  'find-api-key',
  `SELECT ${columns} FROM api_keys WHERE key_hash = :keyHash`,
);
const all = statement<object, ApiKey>(
  'list-api-keys',
  `SELECT ${columns} FROM api_keys ORDER BY created_at, id COLLATE "C"`,
);
const insertion = statement<NewApiKey>(
  'insert-api-key',
  `INSERT INTO api_keys (${written.names}) VALUES (${written.values}) ON CONFLICT DO NOTHING`,
);
const removal = statement<{ id: string }>('remove-api-key', 'DELETE FROM api_keys WHERE id = :id');
const revocation = statement<{ id: string; now: number }>(
  'revoke-api-key',
  'UPDATE api_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL',
);

/** Inserts a key in the caller's transaction. @returns false if the id or the key is taken */
export const insertApiKey = async (transaction: WriteTransaction, key: NewApiKey): Promise<boolean> =>
  (await transaction.run(insertion, key)) === 1;

export function createApiKeyQueries(pool: Pool, write: Write): ApiKeyQueries {
  return {
    find: (keyHash) => pool.first(byHash, { keyHash }),
    add: (key) => write((transaction) => insertApiKey(transaction, key)),
    remove: (id) =>
      write(async (transaction) => {
        await transaction.run(removal, { id });
      }),
    list: () => pool.all(all, {}),
    revoke: (id, now) => write(async (transaction) => (await transaction.run(revocation, { id, now })) === 1),
  };
}
