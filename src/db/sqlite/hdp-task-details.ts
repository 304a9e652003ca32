import { asc, eq, sql } from 'drizzle-orm';
import { DETAIL_COLUMNS, type DetailChanges, type NewMmr } from '../queries/hdp-task-lifecycle.ts';
import type { HdpMmr, HdpTaskDetails } from '../rows.ts';
import type { SqliteConnection } from './connection.ts';
import { hdpMmrs, hdpTaskDetails } from './schema.ts';
import { prepareFor, writtenColumns } from './statements.ts';

/** Reads and writes the details and MMRs of HDP tasks by task id, in the caller's transaction. */
export function createHdpTaskDetails(db: SqliteConnection) {
  const { $client: sqlite } = db;
  const ofTask = sql.placeholder('task');
  const details = db.select().from(hdpTaskDetails).where(eq(hdpTaskDetails.task, ofTask)).prepare();
  const mmrs = db
    .select()
    .from(hdpMmrs)
    .where(eq(hdpMmrs.task, ofTask))
    .orderBy(asc(hdpMmrs.position))
    .prepare();
  const insertion = prepareFor<typeof hdpTaskDetails.$inferInsert>(
    sqlite,
    db.insert(hdpTaskDetails).values(writtenColumns(hdpTaskDetails).values),
  );
  // A null column stays unchanged, except the error message: a transition without one removes it.
  const upsert = sqlite.prepare<[number, ...(string | null)[]]>(
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
    find: (task: number): HdpTaskDetails | undefined => details.get({ task }),
    insert: (row: typeof hdpTaskDetails.$inferInsert): void => void insertion.run(row),
    /** Updates the details, or inserts them for an imported task, which has none. */
    update(task: number, changes: DetailChanges): void {
      upsert.run(task, ...DETAIL_COLUMNS.map((name) => changes[name] ?? null));
    },
    listMmrs: (task: number): HdpMmr[] => mmrs.all({ task }),
    replaceMmrs(task: number, newMmrs: readonly NewMmr[]): void {
      mmrRemoval.run(task);
      for (const [position, mmr] of newMmrs.entries()) mmrInsertion.run({ ...mmr, task, position });
    },
  };
}
