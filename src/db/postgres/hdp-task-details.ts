/** Reads and writes the details and MMRs of HDP tasks by task id, in the caller's transaction. */
import type { DetailChanges, NewMmr } from '../queries/hdp-task-lifecycle.ts';
import type { HdpMmr, HdpTaskDetails } from '../rows.ts';
import type { Connection } from './connection.ts';
import { hdpMmrs, hdpTaskDetails } from './schema.ts';
import { columnsOf, statement, writtenColumns } from './statements.ts';
import type { WriteTransaction } from './transactions.ts';

const details = writtenColumns(hdpTaskDetails);
const mmrs = writtenColumns(hdpMmrs);

type NewDetails = Pick<HdpTaskDetails, 'task' | 'input' | 'taskInputs' | 'isMock' | 'webhookUrl' | 'keyId'>;

const byTask = statement<{ task: number }, HdpTaskDetails>(
  'find-details',
  `SELECT ${columnsOf(hdpTaskDetails)} FROM hdp_task_details WHERE task = :task`,
);

const mmrsOfTask = statement<{ task: number }, HdpMmr>(
  'list-mmrs',
  `SELECT ${columnsOf(hdpMmrs)} FROM hdp_mmrs WHERE task = :task ORDER BY position`,
);

const insertion = statement<NewDetails>(
  'insert-details',
  `INSERT INTO hdp_task_details (${details.names}) VALUES (${details.values})`,
);

// A null column stays unchanged, except the error message: a transition without one removes it.
const upsert = statement<DetailChanges & { task: number }>(
  'upsert-details',
  `INSERT INTO hdp_task_details AS before
     (task, input, is_mock, task_inputs, output_preimage, error_message, transaction_hash)
   VALUES (:task, '{}', false, :taskInputs, :outputPreimage, :errorMessage, :transactionHash)
   ON CONFLICT (task) DO UPDATE SET
     task_inputs = coalesce(excluded.task_inputs, before.task_inputs),
     output_preimage = coalesce(excluded.output_preimage, before.output_preimage),
     error_message = excluded.error_message,
     transaction_hash = coalesce(excluded.transaction_hash, before.transaction_hash)`,
);

const mmrRemoval = statement<{ task: number }>('remove-mmrs', 'DELETE FROM hdp_mmrs WHERE task = :task');

const mmrInsertion = statement<HdpMmr>(
  'insert-mmr',
  `INSERT INTO hdp_mmrs (${mmrs.names}) VALUES (${mmrs.values})`,
);

export const findDetails = (connection: Connection, task: number): Promise<HdpTaskDetails | undefined> =>
  connection.first(byTask, { task });

export const listMmrs = (connection: Connection, task: number): Promise<HdpMmr[]> =>
  connection.all(mmrsOfTask, { task });

export function insertDetails(transaction: WriteTransaction, row: NewDetails): void {
  transaction.send(insertion, row);
}

/** Updates the details, or inserts them for an imported task, which has none. */
export function updateDetails(transaction: WriteTransaction, task: number, changes: DetailChanges): void {
  transaction.send(upsert, { task, ...changes });
}

/** Replaces the MMRs of a task. */
export function replaceMmrs(transaction: WriteTransaction, task: number, newMmrs: readonly NewMmr[]): void {
  transaction.send(mmrRemoval, { task });
  for (const [position, mmr] of newMmrs.entries()) {
    transaction.send(mmrInsertion, { ...mmr, task, position });
  }
}
