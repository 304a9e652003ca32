/** Migrates the tables of a database. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { DatabaseError } from '../store.ts';

/** The folder of the migrations. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../drizzle/postgres', import.meta.url));

/** Held while one process migrates. */
const LOCK = "hashtext('taskgate migrate')";

/**
 * Migrates the tables to this version. Other processes wait.
 * @throws DatabaseError if a newer version has migrated the database
 */
export async function migrateTables(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'taskgate migrate' });
  await client.connect();
  try {
    await client.query(`SELECT pg_advisory_lock(${LOCK})`);
    const known = new Set(migrationTimes());
    if ((await appliedMigrations(client)).some((when) => !known.has(when))) {
      throw new DatabaseError('The database was migrated by a newer version of taskgate; run that version.');
    }
    await migrate(drizzle({ client }), { migrationsFolder: MIGRATIONS_FOLDER });
  } finally {
    // This also releases the lock.
    await client.end();
  }
}

/** Returns the times that identify the migrations of this version, in Unix milliseconds. */
function migrationTimes(): number[] {
  const journal: { entries: { when: number }[] } = JSON.parse(
    readFileSync(`${MIGRATIONS_FOLDER}/meta/_journal.json`, 'utf8'),
  );
  return journal.entries.map(({ when }) => when);
}

async function appliedMigrations(client: pg.Client): Promise<number[]> {
  const table = await client.query("SELECT to_regclass('drizzle.__drizzle_migrations') AS name");
  if (table.rows[0]?.name === null) return [];
  const { rows } = await client.query<{ created_at: string }>(
    'SELECT created_at FROM drizzle.__drizzle_migrations',
  );
  return rows.map((row) => Number(row.created_at));
}
