/** Checks that a database can be read, for health checks. */
import type { Pool } from './connection.ts';
import { statement } from './statements.ts';

const probe = statement<object, object>(
  'probe',
  `SELECT (SELECT max(id) FROM services_tasks) AS services, (SELECT max(id) FROM hdp_tasks) AS hdp,
     (SELECT count(*) FROM list_blocks WHERE list = '["hdp"]') AS blocks,
     (SELECT version FROM scope_versions WHERE scope = 'all') AS version`,
);

/** Reads from the main tables. @throws the error of the database */
export async function probeDatabase(pool: Pool): Promise<void> {
  await pool.first(probe, {});
}
