import type { ServerSecretQueries } from '../queries/credentials.ts';
import type { Pool } from './connection.ts';
import { statement } from './statements.ts';

const byName = statement<{ name: string }, { key: Buffer }>(
  'find-server-secret',
  'SELECT key FROM server_secrets WHERE name = :name',
);
const insertion = statement<{ name: string; key: Buffer }>(
  'insert-server-secret',
  'INSERT INTO server_secrets (name, key) VALUES (:name, :key) ON CONFLICT DO NOTHING',
);

export function createServerSecretQueries(pool: Pool): ServerSecretQueries {
  return {
    async findOrInsert(name, newSecret) {
      const found = await pool.first(byName, { name });
      if (found) return found.key;
      await pool.run(insertion, { name, key: newSecret });
      return (await pool.first(byName, { name }))?.key ?? newSecret;
    },
  };
}
