/** Migrates the tables of a database. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { databaseName } from '../../lib/postgres-url.ts';
import { frozenBeforeMigration, notMigrated, unfinishedCopy } from '../copy/refusals.ts';
import { PROGRESS_TABLE } from '../copy/tables.ts';
import { DatabaseError } from '../store.ts';
import { types } from './connection.ts';
import { missingRight } from './errors.ts';
import { isFrozenDatabase } from './frozen-triggers.ts';
import {
  forOperator,
  mustBeMigrated,
  tablesOfAnotherProgram,
  wrongEncoding,
  wrongUrl,
} from './operator-errors.ts';

/** The folder of the migrations. */
const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../drizzle/postgres', import.meta.url));

/** Held while one process migrates. */
const LOCK = "hashtext('taskgate migrate')";

export interface MigrateOptions {
  /** True to throw if the database has no tables, instead of creating them. */
  mustExist?: boolean | undefined;
  /** True to accept the unfinished copy of another database, which only the copy itself may use. */
  isCopyTarget?: boolean | undefined;
}

/**
 * Migrates the tables to this version. Other processes wait. Never writes to a database of another program.
 * @returns true if it has created the tables
 * @throws DatabaseError if a newer version or another program owns the tables, if the database is an unfinished copy or has
 *   another encoding than UTF8, if the server cannot be reached or refuses the user or the database, or if its certificate is
 *   not trusted
 */
export async function migrateTables(
  databaseUrl: string,
  { mustExist = false, isCopyTarget = false }: MigrateOptions = {},
): Promise<boolean> {
  const client = createClient(databaseUrl, 'taskgate migrate');
  try {
    await client.connect();
    await client.query(`SELECT pg_advisory_lock(${LOCK})`);
    const applied = await appliedMigrations(client, databaseUrl);
    const hasTables = await requireOwner(client, databaseUrl, { applied, mustExist });
    requireKnown(applied);
    if (!isCopyTarget && (await isUnfinishedCopy(client))) throw unfinishedCopy(databaseName(databaseUrl));
    // Drizzle would first create its schema, which a role that only serves may not do.
    if (migrationTimes().every((when) => applied.includes(when))) return false;
    if (await isFrozenDatabase(client)) throw frozenBeforeMigration(databaseName(databaseUrl));
    await migrate(drizzle({ client }), { migrationsFolder: MIGRATIONS_FOLDER }).catch((error) => {
      throw missingRight(error) === undefined ? error : mustBeMigrated(databaseUrl, hasTables);
    });
    return !hasTables;
  } catch (error) {
    throw forOperator(databaseUrl, error);
  } finally {
    // This also releases the lock.
    await client.end();
  }
}

export interface ConnectOptions {
  applicationName: string;
  /** True to accept the tables of an earlier version. */
  isAnyVersion?: boolean;
}

/**
 * Connects to a database of taskgate, for the commands that use one without a store.
 * @throws DatabaseError if the tables are not those of this version, or as migrateTables
 */
export async function connectToMigrated(
  databaseUrl: string,
  { applicationName, isAnyVersion = false }: ConnectOptions,
): Promise<pg.Client> {
  const client = createClient(databaseUrl, applicationName);
  // A query that fails because the connection is lost reports it.
  client.on('error', () => {});
  try {
    await client.connect();
    const applied = await appliedMigrations(client, databaseUrl);
    await requireOwner(client, databaseUrl, { applied, mustExist: true });
    requireKnown(applied);
    if (!isAnyVersion && applied.length < migrationTimes().length)
      throw notMigrated(databaseName(databaseUrl));
    return client;
  } catch (error) {
    await client.end();
    throw forOperator(databaseUrl, error);
  }
}

/** @throws DatabaseError if a newer version has migrated the database */
function requireKnown(applied: readonly number[]): void {
  const known = new Set(migrationTimes());
  if (applied.some((when) => !known.has(when))) {
    throw new DatabaseError('The database was migrated by a newer version of taskgate; run that version.');
  }
}

/** True if a copy into this database was interrupted or is in progress. */
export async function isUnfinishedCopy(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ exists: boolean }>(
    `SELECT to_regclass('${PROGRESS_TABLE}') IS NOT NULL AS exists`,
  );
  return rows[0]?.exists === true;
}

/** @throws DatabaseError if the URL names, for example, a certificate that cannot be read */
function createClient(databaseUrl: string, applicationName: string): pg.Client {
  try {
    return new pg.Client({ connectionString: databaseUrl, types, application_name: applicationName });
  } catch (error) {
    throw wrongUrl(databaseUrl, error);
  }
}

interface Owner {
  isOurs: boolean;
  hasTables: boolean;
  encoding: string;
}

/** Refuses a database that taskgate cannot use. @returns true if it has the tables of taskgate */
async function requireOwner(
  client: pg.Client,
  databaseUrl: string,
  { applied, mustExist }: { applied: readonly number[]; mustExist: boolean },
): Promise<boolean> {
  const { rows } = await client.query<Owner>(
    `SELECT to_regclass('hdp_tasks') IS NOT NULL AS "isOurs", EXISTS (
       SELECT 1 FROM pg_class WHERE relnamespace = to_regnamespace(current_schema()) AND relkind IN ('r', 'p')
     ) AS "hasTables", current_setting('server_encoding') AS encoding`,
  );
  const { isOurs = false, hasTables = false, encoding = '' } = rows[0] ?? {};
  if (encoding !== 'UTF8') throw wrongEncoding(databaseUrl, encoding);
  if (isOurs) return true;
  // Another program may use the same tool for its migrations.
  if (hasTables || applied.length > 0) throw tablesOfAnotherProgram(databaseUrl);
  if (mustExist) {
    throw new DatabaseError(
      `The database ${databaseName(databaseUrl)} has no tables of taskgate; check DATABASE_URL, or run taskgate migrate.`,
    );
  }
  return false;
}

/** Returns the times that identify the migrations of this version, in Unix milliseconds. */
function migrationTimes(): number[] {
  const journal: { entries: { when: number }[] } = JSON.parse(
    readFileSync(`${MIGRATIONS_FOLDER}/meta/_journal.json`, 'utf8'),
  );
  return journal.entries.map(({ when }) => when);
}

/** Returns the times of the migrations that were applied. @throws DatabaseError if another tool has made their table */
async function appliedMigrations(client: pg.Client, databaseUrl: string): Promise<number[]> {
  const { rows: tables } = await client.query<{ isOurs: boolean }>(
    `SELECT EXISTS (
       SELECT 1 FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'created_at' AND NOT attisdropped
     ) AS "isOurs" FROM pg_class WHERE oid = to_regclass('drizzle.__drizzle_migrations')`,
  );
  const [table] = tables;
  if (!table) return [];
  if (!table.isOurs) throw tablesOfAnotherProgram(databaseUrl);
  const { rows } = await client.query<{ created_at: string }>(
    'SELECT created_at FROM drizzle.__drizzle_migrations',
  );
  return rows.map((row) => Number(row.created_at));
}
