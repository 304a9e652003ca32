/** The database systems. Only this file chooses between them. */
import type { DatabaseClient, DatabaseHost, DatabaseName, Reader } from './database.ts';
import { postgresClient } from './postgres/client.ts';
import { startPostgresHost } from './postgres/host.ts';
import { sqliteClient } from './sqlite/client.ts';
import { createSqliteHost } from './sqlite/host.ts';

/** Returns the client for a value of DATABASE_URL. */
export const clientOf = (url: string): DatabaseClient =>
  url.startsWith('postgres:') ? postgresClient : sqliteClient;

/** Opens a database to read, passes the connection to `work`, and closes it even if `work` fails. */
export async function withReader<T>(url: string, work: (reader: Reader) => Promise<T>): Promise<T> {
  const reader = await clientOf(url).openReader(url);
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

/** Starts what the databases of a run need. @param scratch a folder for temporary files */
export const startHost = (name: DatabaseName, scratch: string): Promise<DatabaseHost> => HOSTS[name](scratch);

const HOSTS: Record<DatabaseName, (scratch: string) => Promise<DatabaseHost>> = {
  sqlite: async (scratch) => createSqliteHost(scratch),
  postgres: startPostgresHost,
};
