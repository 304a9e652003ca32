/**
 * Empty, migrated databases on the PostgreSQL server of the tests. To create one takes about 200 ms and to empty one 5 ms, so
 * a worker uses its databases again.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { inject, onTestFinished, TestRunner } from 'vitest';
import { TEMPLATE } from './postgres-server.ts';

/** A database that a test has to itself, until it releases it or ends. */
export interface PostgresDatabase {
  readonly url: string;
  /** Calls `close` when the database is released, for a store that the test may have left open. */
  beforeRelease(close: () => Promise<void>): void;
  /** Ends the connections of the test and empties the database for another test. */
  release(): Promise<void>;
}

interface PooledDatabase {
  readonly name: string;
  readonly url: string;
  /** Stays connected to empty the database. */
  readonly client: pg.Client;
  /** The schema as it was created. */
  readonly schema: string;
}

/** A larger database is dropped: deleted rows would slow it down. */
const MAX_TABLE_BYTES = 1_000_000;

const unused: PooledDatabase[] = [];

/** Databases that were taken outside of a test: in a `beforeAll`, or by concurrent tests. */
const ofTestFile = new Set<PostgresDatabase>();

let administration: Promise<pg.Client> | undefined;

/** Takes a database. It is released when the test ends; outside of a test, when the test file ends. */
export async function takePostgresDatabase(): Promise<PostgresDatabase> {
  const database = unused.pop() ?? (await create());
  const closers: (() => Promise<void>)[] = [];
  let released: Promise<void> | undefined;
  const taken: PostgresDatabase = {
    url: database.url,
    beforeRelease: (close) => void closers.push(close),
    release() {
      ofTestFile.delete(taken);
      released ??= reuse(database, closers);
      return released;
    },
  };
  const test = TestRunner.getCurrentTest();
  // Of several concurrent tests, vitest does not know which one runs.
  if (test && !test.concurrent) onTestFinished(taken.release);
  else ofTestFile.add(taken);
  return taken;
}

/** Releases the databases that were taken outside of a test. */
export async function releaseDatabasesOfFile(): Promise<void> {
  await Promise.all([...ofTestFile].map((database) => database.release()));
}

async function create(): Promise<PooledDatabase> {
  const url = inject('postgresUrl');
  administration ??= connect(`${url}/postgres`);
  const name = `test_${randomBytes(8).toString('hex')}`;
  await (await administration).query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY FILE_COPY`);
  const client = await connect(`${url}/${name}`);
  return { name, url: `${url}/${name}`, client, schema: (await readState(client)).schema };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: 'taskgate tests' });
  // The server stops while the workers still run.
  client.on('error', () => {});
  await client.connect();
  return client;
}

const END_CONNECTIONS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;

/** Ends all other connections to the database, and waits: what they had begun to commit is visible then. */
async function endConnections(client: pg.Client): Promise<void> {
  // The wait of pg_terminate_backend itself takes steps of 100 ms.
  while ((await client.query(END_CONNECTIONS)).rowCount) await setTimeout(1);
}

/** Deletes all rows. TRUNCATE would take 90 ms, because it creates new files for all tables and indexes. */
const EMPTY = `DO $$
  DECLARE
    emptied regclass;
  BEGIN
    SET LOCAL session_replication_role = replica;
    FOR emptied IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
      EXECUTE format('DELETE FROM %s', emptied);
    END LOOP;
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
  END
$$`;

/** Reads the size of the largest table, and all that a test can change other than rows, as one text. */
const READ_STATE = `SELECT
  (SELECT max(pg_relation_size(oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace) AS bytes,
  (SELECT string_agg(item, ' ' ORDER BY item) FROM (
    SELECT concat_ws(' ', 'relation', oid, relname, relnatts) FROM pg_class
      WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'constraint', oid, convalidated) FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'trigger', oid, tgenabled) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', 'function', oid, xmin) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', 'schema', nspname) FROM pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL SELECT concat_ws(' ', 'setting', setconfig) FROM pg_db_role_setting AS setting
      JOIN pg_database ON pg_database.oid = setting.setdatabase AND datname = current_database()
    UNION ALL SELECT concat_ws(' ', 'migration', created_at) FROM drizzle.__drizzle_migrations
  ) AS items (item)) AS schema`;

async function readState(client: pg.Client): Promise<{ bytes: number; schema: string }> {
  const { rows } = await client.query<{ bytes: string; schema: string }>(READ_STATE);
  return { bytes: Number(rows[0]?.bytes), schema: rows[0]?.schema ?? '' };
}

/** Empties a database for the next test. Drops it if its tables have been altered or are large. */
async function reuse(database: PooledDatabase, closers: readonly (() => Promise<void>)[]): Promise<void> {
  const { client, name } = database;
  // A store that waits for a lock can only be closed when its connections end.
  await Promise.all([...closers.map((close) => close()), endConnections(client)]);
  const isUsable = await client.query(EMPTY).then(
    async () => {
      const { bytes, schema } = await readState(client);
      return bytes <= MAX_TABLE_BYTES && schema === database.schema;
    },
    // A test may have removed what is needed here.
    () => false,
  );
  if (isUsable) return void unused.push(database);
  await client.end();
  await (await administration)?.query(`DROP DATABASE ${name} WITH (FORCE)`);
}
