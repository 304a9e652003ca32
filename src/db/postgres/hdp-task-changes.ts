/** Adds the changes of a written HDP task to the change accumulator (db/model/changes.ts). */
import { HDP_GROUP } from '../model/lists.ts';
import type { HdpTaskRow, NewHdpTask } from '../rows.ts';
import type { WriteTransaction } from './transactions.ts';

/** A row as it is written: an omitted column becomes null. */
export type WrittenHdpTask = NewHdpTask & Pick<HdpTaskRow, 'programId'>;

/** Returns the program of a task. */
export const programOf = ({ programHash: hash = null, programName: name = null }: NewHdpTask) => ({
  hash,
  name,
});

/** Adds a task to the list and the search index (`by` 1), or removes it from them (-1). */
export function addChange(
  { changes }: WriteTransaction,
  task: Pick<HdpTaskRow, 'createdAt' | 'uuid' | 'programId'>,
  by: 1 | -1,
): void {
  const key = { position: task.createdAt, tie: task.uuid };
  changes.addListChange(HDP_GROUP, key, by);
  changes.addSearchChange({ ...key, programId: task.programId, change: by });
  changes.addScope('hdp');
}

/** Adds a task to the figures (`by` 1), or removes it from them (-1). */
export function addFigureChange(
  { changes }: WriteTransaction,
  { status, createdAt }: Pick<HdpTaskRow, 'status' | 'createdAt'>,
  by: 1 | -1,
): void {
  changes.addFigureChange({ status, createdAt, by });
}
