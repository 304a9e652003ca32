/** Migrates the tables of a database. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { databaseName } from '../../lib/postgres-url.ts';
import { DatabaseError } from '../store.ts';

/** The folder of the migrations. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../drizzle/postgres', import.meta.url));

/** Held while one process migrates. */
const LOCK = "hashtext('taskgate migrate')";

/**
 * Migrates the tables to this version. Other processes wait.
 * @throws DatabaseError if a newer version has migrated the database, or if the server refuses the user or the database
 */
export async function migrateTables(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'taskgate migrate' });
  try {
    await client.connect();
    await client.query(`SELECT pg_advisory_lock(${LOCK})`);
    const known = new Set(migrationTimes());
    if ((await appliedMigrations(client)).some((when) => !known.has(when))) {
      throw new DatabaseError('The database was migrated by a newer version of taskgate; run that version.');
    }
    await migrate(drizzle({ client }), { migrationsFolder: MIGRATIONS_FOLDER });
  } catch (error) {
    throw withRemedy(databaseUrl, error);
  } finally {
    // This also releases the lock.
    await client.end();
  }
}

/** Wrong credentials, no such database, and missing rights. */
const REFUSED = /^(28|3D|42501)/;

/** Names the database, without its password, in the errors that its settings cause. */
function withRemedy(databaseUrl: string, error: unknown): unknown {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  if (!(cause instanceof pg.DatabaseError) || !REFUSED.test(cause.code ?? '')) return error;
  return new DatabaseError(
    `The database ${databaseName(databaseUrl)} of DATABASE_URL cannot be used: ${cause.message}.`,
  );
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
