import { StringDecoder } from 'node:string_decoder';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { type CopyReader, type CopyRow, inBatches } from '../../copy/endpoints.ts';
import { type CopiedTable, describeTables } from '../../copy/tables.ts';
import { connectToMigrated } from '../migrate.ts';
import * as schema from '../schema.ts';
import { lastIdOf } from './last-ids.ts';
import { serverLocation } from './location.ts';
import { decodeRow } from './text-format.ts';

/** The copied tables of this dialect. */
export const TABLES = describeTables(schema);

/** Returns the names of columns for a statement. */
export const namesOf = (columns: readonly { name: string }[]) =>
  columns.map(({ name }) => `"${name}"`).join(', ');

/** A copy takes as long as it takes. */
export const WITHOUT_TIMEOUTS = 'SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0';

/**
 * Opens a database to copy or compare it. It changes nothing, and reads one snapshot.
 * @throws DatabaseError if the tables are not those of this version
 */
export async function openReader(databaseUrl: string): Promise<CopyReader> {
  const client = await connectToMigrated(databaseUrl, { applicationName: 'taskgate migrate-to' });
  await client.query(`${WITHOUT_TIMEOUTS}; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`);
  // The snapshot begins with the first read.
  await client.query('SELECT count(*) FROM api_keys');
  // Sequences are in no snapshot, so they are read once.
  const sequences = {
    services_tasks: await lastIdOf(client, 'services_task_ids'),
    hdp_tasks: await lastIdOf(client, 'hdp_tasks_id_seq'),
    imports: await lastIdOf(client, 'imports_id_seq'),
  };
  return {
    location: serverLocation(databaseUrl),
    async count(name) {
      const { rows } = await client.query<{ count: number }>(`SELECT count(*) AS count FROM ${name}`);
      return rows[0]?.count ?? 0;
    },
    read: (table, { inKeyOrder = false, batchRows } = {}) =>
      inBatches(readRows(client, TABLES.get(table), inKeyOrder), batchRows),
    sequences: async () => sequences,
    close: () => client.end(),
  };
}

async function* readRows(
  client: pg.Client,
  { name, columns, key }: CopiedTable,
  inKeyOrder: boolean,
): AsyncGenerator<CopyRow> {
  const order = inKeyOrder ? ` ORDER BY ${key.join(', ')}` : '';
  const stream = client.query(copyTo(`COPY (SELECT ${namesOf(columns)} FROM ${name}${order}) TO STDOUT`));
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream) {
    // In this format a line end is always the end of a row.
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield decodeRow(columns, line);
  }
}
