import type Database from 'better-sqlite3';
import type { ServerSecretQueries } from '../queries/credentials.ts';
import type { Write } from './write-queue.ts';

export function createServerSecretQueries(sqlite: Database.Database, write: Write): ServerSecretQueries {
  const find = sqlite.prepare<[string], Buffer>('SELECT key FROM server_secrets WHERE name = ?').pluck();
  const insertion = sqlite.prepare<[string, Buffer]>(
    'INSERT INTO server_secrets (name, key) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  return {
    findOrInsert: async (name, newSecret) =>
      find.get(name) ??
      write(() => {
        insertion.run(name, newSecret);
        return find.get(name) ?? newSecret;
      }),
  };
}
