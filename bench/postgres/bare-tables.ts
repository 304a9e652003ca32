/** Reduces a copy of the product's database to its two task tables: their schema always equals the product's. */
import type pg from 'pg';
import type { TaskTable } from '../database.ts';

const TABLES: readonly TaskTable[] = ['hdp_tasks', 'services_tasks'];

/** Removes all tables except the task tables, and the triggers. Columns, checks, indexes and rows stay. */
export async function keepTaskTables(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT tablename AS name FROM pg_tables WHERE schemaname = $1 AND tablename <> ALL ($2)',
    ['public', TABLES],
  );
  for (const { name } of rows) await client.query(`DROP TABLE "${name}" CASCADE`);
  await client.query('DROP FUNCTION taskgate_guard CASCADE');
}
