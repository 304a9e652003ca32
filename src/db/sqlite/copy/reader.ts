import type Database from 'better-sqlite3';
import { type CopyReader, type CopyRow, type CopyValue, inBatches } from '../../copy/endpoints.ts';
import { type CopiedColumn, type CopiedTable, describeTables } from '../../copy/tables.ts';
import { DatabaseError } from '../../store.ts';
import { connect } from '../connection.ts';
import { filePath } from '../database-url.ts';
import { requireMigrated } from '../migrate.ts';
import * as schema from '../schema.ts';
import { fileLocation } from './location.ts';

/** The copied tables of this dialect. */
export const TABLES = describeTables(schema);

/** Returns the names of columns for a statement. */
export const namesOf = (columns: readonly { name: string }[]) =>
  columns.map(({ name }) => `"${name}"`).join(', ');

/** The last assigned ids: of Services tasks as the store counts them, of the others as SQLite counts them. */
const SEQUENCE_QUERY = `
  SELECT name, last FROM id_sequences WHERE name = 'services_tasks'
  UNION ALL SELECT name, seq FROM sqlite_sequence WHERE name IN ('hdp_tasks', 'imports')`;

/**
 * Opens a database file to copy or compare it. It changes nothing, and reads one snapshot.
 * @throws DatabaseError if the file is not a database of this version
 */
export function openReader(databaseUrl: string): CopyReader {
  const path = filePath(databaseUrl);
  const sqlite = connect(path, { mustExist: true });
  try {
    requireMigrated(sqlite);
    sqlite.pragma('query_only = ON');
    sqlite.exec('BEGIN');
    // The snapshot begins with the first read.
    sqlite.prepare('SELECT count(*) FROM sqlite_schema').get();
  } catch (error) {
    sqlite.close();
    throw error;
  }
  return {
    location: fileLocation(path),
    count: async (name) => sqlite.prepare<[], number>(`SELECT count(*) FROM ${name}`).pluck().get() ?? 0,
    read: (table, { inKeyOrder = false, batchRows } = {}) =>
      inBatches(readRows(sqlite, TABLES.get(table), inKeyOrder), batchRows),
    async sequences() {
      const found = sqlite.prepare<[], { name: string; last: number }>(SEQUENCE_QUERY).all();
      const last = (name: string) => found.find((sequence) => sequence.name === name)?.last ?? 0;
      return {
        services_tasks: last('services_tasks'),
        hdp_tasks: last('hdp_tasks'),
        imports: last('imports'),
      };
    },
    close: async () => void sqlite.close(),
  };
}

function* readRows(
  sqlite: Database.Database,
  { name, columns, key }: CopiedTable,
  inKeyOrder: boolean,
): Generator<CopyRow> {
  const order = inKeyOrder ? ` ORDER BY ${key.join(', ')}` : '';
  const rows = sqlite
    .prepare<[], unknown[]>(`SELECT ${namesOf(columns)} FROM ${name}${order}`)
    .raw()
    .iterate();
  for (const row of rows) yield columns.map((column, index) => toCopyValue(name, column, row[index]));
}

function toCopyValue(table: string, { name, isGenerated }: CopiedColumn, value: unknown): CopyValue {
  if (typeof value === 'string' || value === null) return value;
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  // No filter can name a campaign beyond the safe integers, and PostgreSQL stores none.
  if (isGenerated) return null;
  throw new DatabaseError(`The table ${table} has a number in ${name} that is no safe integer.`);
}
