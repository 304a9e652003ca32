import { DETAIL_COLUMNS, type DetailChanges, type NewMmr } from '../queries/hdp-task-lifecycle.ts';
import type { SqliteConnection } from './connection.ts';
import { hdpMmrs } from './schema.ts';
import { prepareFor, writtenColumns } from './statements.ts';

/** Prepares the writes of a transition next to the task's row, for a transaction that the caller holds. */
export function prepareTransitionWrites(db: SqliteConnection) {
  const { $client: sqlite } = db;
  // A column that does not change is null here; the error message alone is removed by a transition without one.
  const details = sqlite.prepare<[number, ...(string | null)[]]>(
    `INSERT INTO hdp_task_details (task, input, is_mock, task_inputs, output_preimage, error_message, transaction_hash)
     VALUES (?, '{}', 0, ?, ?, ?, ?)
     ON CONFLICT (task) DO UPDATE SET
       task_inputs = coalesce(excluded.task_inputs, task_inputs),
       output_preimage = coalesce(excluded.output_preimage, output_preimage),
       error_message = excluded.error_message,
       transaction_hash = coalesce(excluded.transaction_hash, transaction_hash)`,
  );
  const mmrRemoval = sqlite.prepare<[number]>('DELETE FROM hdp_mmrs WHERE task = ?');
  const mmrInsertion = prepareFor<typeof hdpMmrs.$inferInsert>(
    sqlite,
    db.insert(hdpMmrs).values(writtenColumns(hdpMmrs).values),
  );
  return {
    /** Also inserts the details of an imported task, which has none before. */
    updateDetails(task: number, changes: DetailChanges): void {
      details.run(task, ...DETAIL_COLUMNS.map((name) => changes[name] ?? null));
    },
    replaceMmrs(task: number, mmrs: readonly NewMmr[]): void {
      mmrRemoval.run(task);
      for (const [position, mmr] of mmrs.entries()) mmrInsertion.run({ ...mmr, task, position });
    },
  };
}
