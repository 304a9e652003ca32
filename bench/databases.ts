/** Chooses the client of a database by its URL. Processes under test import it, so it starts nothing. */
import type { DatabaseClient, Reader } from './database.ts';
import { postgresClient } from './postgres/client.ts';
import { sqliteClient } from './sqlite/client.ts';

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
