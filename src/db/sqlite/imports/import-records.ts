/** The tables of unfinished imports: the ids that they have inserted, and their leases. */
import type Database from 'better-sqlite3';
import type { IdRange } from '../../model/id-ranges.ts';
import {
  IMPORT_LEASE_MS,
  type ImportApi,
  type ImportRecord,
  MAX_IMPORT_TIME_LEFT_MS,
  parseRanges,
} from '../../model/import-records.ts';

export function prepareImportRecords(sqlite: Database.Database) {
  const insertion = sqlite
    .prepare<[ImportApi, number, number], number>(
      'INSERT INTO imports (api, started_at, until) VALUES (?, ?, ?) RETURNING id',
    )
    .pluck();
  const renewal = sqlite.prepare<[number, number]>('UPDATE imports SET until = ? WHERE id = ? AND until > 0');
  const ending = sqlite.prepare<[number]>('UPDATE imports SET until = 0 WHERE id = ?');
  const removal = sqlite.prepare<[number]>('DELETE FROM imports WHERE id = ?');
  const batchInsertion = sqlite.prepare<[number, string]>(
    'INSERT INTO import_batches (import, ranges) VALUES (?, ?)',
  );
  const lastBatch = sqlite.prepare<[number], { id: number; ranges: string }>(
    'SELECT id, ranges FROM import_batches WHERE import = ? ORDER BY id DESC LIMIT 1',
  );
  const batchUpdate = sqlite.prepare<[string, number]>('UPDATE import_batches SET ranges = ? WHERE id = ?');
  const batchRemoval = sqlite.prepare<[number]>('DELETE FROM import_batches WHERE id = ?');
  const unfinished = sqlite
    .prepare<[ImportApi], number>('SELECT 1 FROM imports WHERE api = ? LIMIT 1')
    .pluck();
  const expired = sqlite.prepare<[number, number], ImportRecord>(
    'SELECT id, api FROM imports WHERE until <= ? OR until > ? ORDER BY id',
  );
  return {
    /** Inserts an import with a lease. @returns its id */
    start(api: ImportApi, now: number): number {
      const id = insertion.get(api, now, now + IMPORT_LEASE_MS);
      if (id === undefined) throw new Error('The import was not inserted.');
      return id;
    },
    /** Renews a lease. @returns false if the import is being undone or is undone */
    renew: (id: number, now: number): boolean => renewal.run(now + IMPORT_LEASE_MS, id).changes === 1,
    /** Ends a lease: the import cannot continue, and any process may undo it. */
    endLease: (id: number): void => void ending.run(id),
    remove: (id: number): void => void removal.run(id),
    addBatch: (id: number, ranges: readonly IdRange[]): void =>
      void batchInsertion.run(id, JSON.stringify(ranges)),
    lastBatch(id: number): { id: number; ranges: IdRange[] } | undefined {
      const batch = lastBatch.get(id);
      return batch && { id: batch.id, ranges: parseRanges(batch.ranges) };
    },
    /** Stores the remaining ids of a batch, or removes a batch without ids. */
    updateBatch(batch: number, ranges: readonly IdRange[]): void {
      if (ranges.length === 0) batchRemoval.run(batch);
      else batchUpdate.run(JSON.stringify(ranges), batch);
    },
    /** True if any import of the API is unfinished. */
    hasUnfinished: (api: ImportApi): boolean => unfinished.get(api) !== undefined,
    /** Returns imports with expired leases. A lease that ends too late was written before the clock was put back. */
    listExpired: (now: number): ImportRecord[] => expired.all(now, now + MAX_IMPORT_TIME_LEFT_MS),
  };
}
