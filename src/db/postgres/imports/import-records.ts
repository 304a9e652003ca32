/** The tables of unfinished imports: the ids that they have inserted, and their leases. */
import type { IdRange } from '../../model/id-ranges.ts';
import {
  IMPORT_LEASE_MS,
  type ImportApi,
  type ImportRecord,
  MAX_IMPORT_TIME_LEFT_MS,
  parseRanges,
} from '../../model/import-records.ts';
import { type ClockValues, NOW } from '../clock.ts';
import type { Connection } from '../connection.ts';
import { statement } from '../statements.ts';

/** Two imports of an API cannot begin at the same time. Held until the end of the transaction. */
const lock = statement<{ api: ImportApi }, object>(
  'lock-imports',
  `SELECT pg_advisory_xact_lock(hashtext('taskgate import ' || :api::text))`,
);
const insertion = statement<ClockValues & { api: ImportApi }, { id: number }>(
  'insert-import',
  `INSERT INTO imports (api, started_at, until) VALUES (:api, ${NOW}, ${NOW} + ${IMPORT_LEASE_MS}) RETURNING id`,
);
const renewal = statement<ClockValues & { id: number }>(
  'renew-import',
  `UPDATE imports SET until = ${NOW} + ${IMPORT_LEASE_MS} WHERE id = :id AND until > 0`,
);
const ending = statement<{ id: number }>('end-import', 'UPDATE imports SET until = 0 WHERE id = :id');
const removal = statement<{ id: number }>('remove-import', 'DELETE FROM imports WHERE id = :id');
const batchInsertion = statement<{ id: number; ranges: string }>(
  'insert-import-batch',
  'INSERT INTO import_batches (import, ranges) VALUES (:id, :ranges)',
);
const lastBatch = statement<{ id: number }, { id: number; ranges: string }>(
  'lock-last-import-batch',
  'SELECT id, ranges FROM import_batches WHERE import = :id ORDER BY id DESC LIMIT 1 FOR UPDATE',
);
const batchUpdate = statement<{ id: number; ranges: string }>(
  'update-import-batch',
  'UPDATE import_batches SET ranges = :ranges WHERE id = :id',
);
const batchRemoval = statement<{ id: number }>(
  'remove-import-batch',
  'DELETE FROM import_batches WHERE id = :id',
);
const unfinished = statement<{ api: ImportApi }, object>(
  'find-unfinished-import',
  'SELECT 1 FROM imports WHERE api = :api LIMIT 1',
);
const expired = statement<ClockValues, ImportRecord>(
  'list-expired-imports',
  `SELECT id, api FROM imports WHERE until <= ${NOW} OR until > ${NOW} + ${MAX_IMPORT_TIME_LEFT_MS} ORDER BY id`,
);

/** Lets no other import of the API begin or continue until the end of the transaction. */
export async function lockImports(connection: Connection, api: ImportApi): Promise<void> {
  await connection.first(lock, { api });
}

/** Inserts an import with a lease. @returns its id */
export async function startImport(
  connection: Connection,
  api: ImportApi,
  clock: number | null,
): Promise<number> {
  const row = await connection.first(insertion, { api, clock });
  if (!row) throw new Error('The import was not inserted.');
  return row.id;
}

/** Renews a lease. @returns false if the import is being undone or is undone */
export const renewImport = async (
  connection: Connection,
  id: number,
  clock: number | null,
): Promise<boolean> => (await connection.run(renewal, { id, clock })) === 1;

/** Ends a lease: the import cannot continue, and any process may undo it. */
export const endImport = (connection: Connection, id: number) => connection.run(ending, { id });

export const removeImport = (connection: Connection, id: number) => connection.run(removal, { id });

export const addImportBatch = (connection: Connection, id: number, ranges: readonly IdRange[]) =>
  connection.run(batchInsertion, { id, ranges: JSON.stringify(ranges) });

/** Returns the last batch of an import, locked. */
export async function lockLastBatch(
  connection: Connection,
  id: number,
): Promise<{ id: number; ranges: IdRange[] } | undefined> {
  const batch = await connection.first(lastBatch, { id });
  return batch && { id: batch.id, ranges: parseRanges(batch.ranges) };
}

/** Stores the remaining ids of a batch, or removes a batch without ids. */
export const updateBatch = (connection: Connection, id: number, ranges: readonly IdRange[]) =>
  ranges.length === 0
    ? connection.run(batchRemoval, { id })
    : connection.run(batchUpdate, { id, ranges: JSON.stringify(ranges) });

/** True if any import of the API is unfinished. */
export const hasUnfinishedImport = async (connection: Connection, api: ImportApi): Promise<boolean> =>
  (await connection.first(unfinished, { api })) !== undefined;

/** Returns imports with expired leases. A lease that ends too late was written before the clock was put back. */
export const listExpiredImports = (connection: Connection, clock: number | null): Promise<ImportRecord[]> =>
  connection.all(expired, { clock });
