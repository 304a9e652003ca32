import type Database from 'better-sqlite3';
import { takeFromEnd } from '../../model/id-ranges.ts';
import type { ImportRecord } from '../../model/import-records.ts';
import type { HdpTaskTable } from '../hdp-task-table.ts';
import type { ServicesTaskTable } from '../services-task-table.ts';
import type { WriteTransaction } from '../write-transaction.ts';
import { prepareImportRecords } from './import-records.ts';
import type { RunBatch } from './timed-batches.ts';

/**
 * Prepares the removal of the tasks that an import has inserted. Each transaction leaves a valid record of the rest. So
 * several processes may undo the same import, and each of them may be killed.
 */
export function prepareUndo(
  sqlite: Database.Database,
  servicesTable: ServicesTaskTable,
  hdpTable: HdpTaskTable,
) {
  const records = prepareImportRecords(sqlite);
  const uuidOf = sqlite.prepare<[number], string>('SELECT uuid FROM hdp_tasks WHERE id = ?').pluck();

  /** Removes a task. @returns 1, or 0 if it does not exist */
  const remove = {
    services(transaction: WriteTransaction, id: number): number {
      const task = servicesTable.find(id);
      if (!task) return 0;
      servicesTable.remove(transaction, task);
      return 1;
    },
    hdp(transaction: WriteTransaction, id: number): number {
      const uuid = uuidOf.get(id);
      const task = uuid === undefined ? undefined : hdpTable.find(uuid);
      if (!task) return 0;
      hdpTable.remove(transaction, task);
      return 1;
    },
  };

  /** Removes tasks until the time is over. @returns their number; undefined if none was left and the record is removed */
  function removeSome(
    transaction: WriteTransaction,
    { id, api }: ImportRecord,
    isTimeOver: () => boolean,
  ): number | undefined {
    records.endLease(id);
    let removed = 0;
    for (let batch = records.lastBatch(id); batch; batch = records.lastBatch(id)) {
      const remaining = takeFromEnd(batch.ranges, (task) => {
        if (isTimeOver() && removed > 0) return false;
        removed += remove[api](transaction, task);
        return true;
      });
      records.updateBatch(batch.id, remaining);
      if (remaining.length > 0) return removed;
    }
    if (removed > 0) return removed;
    records.remove(id);
    return undefined;
  }

  /** Undoes an import. @returns the number of removed tasks */
  return async (record: ImportRecord, runBatch: RunBatch, signal?: AbortSignal): Promise<number> => {
    let removed = 0;
    for (;;) {
      if (signal?.aborted) return removed;
      const count = await runBatch((transaction, isTimeOver) => removeSome(transaction, record, isTimeOver));
      if (count === undefined) return removed;
      removed += count;
    }
  };
}
