import type { IdRange } from '../../model/id-ranges.ts';
import type { ImportRecord } from '../../model/import-records.ts';
import { removeHdpTasks } from '../hdp-task-table.ts';
import { removeServicesTasks } from '../services-task-table.ts';
import type { Write, WriteTransaction } from '../transactions.ts';
import { endImport, lockLastBatch, removeImport, updateBatch } from './import-records.ts';

/** The number of tasks that one transaction removes. */
const BATCH_SIZE = 4000;

/** Removes tasks. @returns the number of tasks that existed */
const remove = { services: removeServicesTasks, hdp: removeHdpTasks };

/** Takes up to `count` ids from the end of the ranges. */
function takeIds(ranges: readonly IdRange[], count: number): { ids: number[]; remaining: IdRange[] } {
  const ids: number[] = [];
  const remaining = [...ranges];
  for (let range = remaining.pop(); range; range = remaining.pop()) {
    const [first, last] = range;
    let id = last;
    for (; id >= first && ids.length < count; id -= 1) ids.push(id);
    if (id < first) continue;
    remaining.push([first, id]);
    break;
  }
  return { ids, remaining };
}

/** Removes some tasks. @returns their number; undefined if none was left and the record is removed */
async function removeSome(
  transaction: WriteTransaction,
  { id, api }: ImportRecord,
): Promise<number | undefined> {
  await endImport(transaction, id);
  let removed = 0;
  for (
    let batch = await lockLastBatch(transaction, id);
    batch;
    batch = await lockLastBatch(transaction, id)
  ) {
    const { ids, remaining } = takeIds(batch.ranges, BATCH_SIZE - removed);
    removed += await remove[api](transaction, ids);
    await updateBatch(transaction, batch.id, remaining);
    if (remaining.length > 0 || removed >= BATCH_SIZE) return removed;
  }
  if (removed > 0) return removed;
  await removeImport(transaction, id);
  return undefined;
}

/**
 * Removes the tasks that an import has inserted. Each transaction leaves a valid record of the rest. So several processes
 * may undo the same import, and each of them may be killed.
 * @returns the number of removed tasks
 */
export async function undoImport(write: Write, record: ImportRecord, signal?: AbortSignal): Promise<number> {
  let removed = 0;
  for (;;) {
    if (signal?.aborted) return removed;
    const count = await write((transaction) => removeSome(transaction, record));
    if (count === undefined) return removed;
    removed += count;
  }
}
