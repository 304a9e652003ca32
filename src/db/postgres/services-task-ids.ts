/** Assigns the ids of Services tasks from a sequence. An id is never assigned again, even after its task was removed. */
import type { Connection } from './connection.ts';
import { statement } from './statements.ts';

/** Imported ids from here on do not raise the sequence, so that no import can exhaust the ids. */
const SEQUENCE_LIMIT = 2 ** 52;

/** Every assignment shares this lock, and a raise holds it alone: otherwise a raise could undo an assignment. */
const LOCK = 'hashtext($$taskgate services_task_ids$$)';

/** A query that assigns the next id, as its only column. A task that was imported with a high id may have it already. */
export const NEXT_ID = `SELECT nextval('services_task_ids') FROM (SELECT pg_advisory_xact_lock_shared(${LOCK})) AS locked`;

const lastAssigned = statement<object, { last: number }>(
  'last-services-task-id',
  'SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS last FROM services_task_ids',
);

/** Records imported ids as used. @param highest the highest of them below the limit; 0 for none */
export async function useServicesTaskIds(connection: Connection, highest: number): Promise<void> {
  const last = (await connection.first(lastAssigned, {}))?.last ?? 0;
  if (highest <= last) return;
  await connection.exec(`DO $do$ BEGIN
    PERFORM pg_advisory_lock(${LOCK});
    PERFORM setval('services_task_ids', ${highest}) FROM services_task_ids WHERE NOT is_called OR last_value < ${highest};
    PERFORM pg_advisory_unlock(${LOCK});
  END $do$`);
}

/** True if an imported id raises the sequence. */
export const raisesSequence = (id: number): boolean => id < SEQUENCE_LIMIT;
