import type Database from 'better-sqlite3';
import { takeFromEnd } from '../../model/id-ranges.ts';
import type { HdpTaskTable } from '../hdp-task-table.ts';
import type { ServicesTaskTable } from '../services-task-table.ts';
import type { WriteTransaction } from '../write-transaction.ts';
import { type ImportRecord, prepareImportRecords } from './import-records.ts';
import type { RunBatch } from './timed-batches.ts';

/**
 * Prepares the removal of what an import has inserted. Each transaction is complete in itself, so that several processes may
 * undo the same import, and one of them may be killed.
 */
export function prepareUndo(
  sqlite: Database.Database,
  servicesTable: ServicesTaskTable,
  hdpTable: HdpTaskTable,
) {
  const records = prepareImportRecords(sqlite);
  const uuidOf = sqlite.prepare<[number], string>('SELECT uuid FROM hdp_tasks WHERE id = ?').pluck();

  /** @returns 1 if there was such a task */
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

  /** @returns how many tasks it removed; undefined when all are removed and the record is too */
  function step(
    transaction: WriteTransaction,
    { id, api }: ImportRecord,
    isTimeOver: () => boolean,
  ): number | undefined {
    records.endLease(id);
    let removed = 0;
    for (let batch = records.lastBatch(id); batch; batch = records.lastBatch(id)) {
      const left = takeFromEnd(batch.ranges, (task) => {
        if (isTimeOver() && removed > 0) return false;
        removed += remove[api](transaction, task);
        return true;
      });
      records.setBatch(batch.id, left);
      if (left.length > 0) return removed;
    }
    if (removed > 0) return removed;
    records.remove(id);
    return undefined;
  }

  /** @returns how many tasks it removed */
  return async (record: ImportRecord, runBatch: RunBatch, signal?: AbortSignal): Promise<number> => {
    let removed = 0;
    for (;;) {
      if (signal?.aborted) return removed;
      const more = await runBatch((transaction, isTimeOver) => step(transaction, record, isTimeOver));
      if (more === undefined) return removed;
      removed += more;
    }
  };
}
