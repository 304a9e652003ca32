/**
 * The plain database: the product's two task tables with their checks and plain indexes, a table of tokens and a table of
 * API keys.
 */
import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';
import type { TaskTable } from '../database.ts';
import { HDP_STATUSES } from '../generate.ts';

const integerAt = (path: string) =>
  `CASE WHEN json_type(target, '${path}') IN ('integer', 'real') AND CAST(target ->> '${path}' AS INTEGER) = (target ->> '${path}') THEN CAST(target ->> '${path}' AS INTEGER) END`;

const TABLES = `
CREATE TABLE access_tokens (
  id text PRIMARY KEY NOT NULL,
  secret_hash blob NOT NULL CHECK (length(secret_hash) = 32),
  chain integer NOT NULL,
  expires_at integer,
  revoked_at integer
) STRICT;
CREATE TABLE api_keys (
  key_hash blob PRIMARY KEY NOT NULL CHECK (length(key_hash) = 32)
) STRICT;
CREATE TABLE hdp_tasks (
  id integer PRIMARY KEY NOT NULL,
  uuid text NOT NULL,
  status text NOT NULL CHECK (status IN (${HDP_STATUSES.map((status) => `'${status}'`).join(', ')})),
  destination_chain_id text NOT NULL,
  contract_class_hash text NOT NULL,
  schedule_mode text CHECK (schedule_mode IN ('onchain', 'offchain')),
  schedule_tx_hash text,
  data_source_chains text CHECK (
    data_source_chains IS NULL OR (json_valid(data_source_chains) AND json_type(data_source_chains) = 'array')
  ),
  data_destination_chain text,
  hdp_core_program_hash text,
  task_hash text,
  program_hash text,
  program_name text,
  output_tree_root text,
  created_at integer NOT NULL,
  updated_at integer NOT NULL,
  folded_program_hash text,
  folded_program_name text,
  program_id integer
) STRICT;
CREATE TABLE services_tasks (
  id integer PRIMARY KEY NOT NULL,
  chain integer NOT NULL,
  description text NOT NULL,
  status text NOT NULL CHECK (status IN ('READY', 'INPROGRESS', 'DONE', 'ERROR')),
  last_run_at integer,
  modified_at integer NOT NULL,
  created_at integer NOT NULL,
  trigger text NOT NULL CHECK (json_valid("trigger") AND json_type("trigger") = 'object'),
  target text NOT NULL CHECK (json_valid(target) AND json_type(target) = 'object'),
  debug text NOT NULL,
  version integer NOT NULL,
  result text,
  action text GENERATED ALWAYS AS (
    CASE WHEN json_type(target, '$.action') = 'text' THEN target ->> '$.action' END
  ) STORED,
  campaign integer GENERATED ALWAYS AS (
    CASE coalesce(json_type(target, '$.campaign_id'), 'null')
      WHEN 'null' THEN ${integerAt('$.campaign')} ELSE ${integerAt('$.campaign_id')} END
  ) STORED
) STRICT;`;

const INDEXES = `
CREATE UNIQUE INDEX hdp_tasks_uuid ON hdp_tasks (uuid);
CREATE INDEX hdp_tasks_order ON hdp_tasks (created_at, uuid, program_id);
CREATE INDEX hdp_tasks_program ON hdp_tasks (program_id, created_at, uuid);
CREATE INDEX services_tasks_chain ON services_tasks (chain, id);
CREATE INDEX services_tasks_chain_status ON services_tasks (chain, status, id);
CREATE INDEX services_tasks_chain_action ON services_tasks (chain, action, id);
CREATE INDEX services_tasks_chain_status_action ON services_tasks (chain, status, action, id);
CREATE INDEX services_tasks_chain_campaign ON services_tasks (chain, campaign, id);
CREATE INDEX services_tasks_due ON services_tasks (
  action,
  CASE WHEN (trigger ->> '$.once') GLOB '[0-9][0-9][0-9][0-9]-*' THEN unixepoch(trigger ->> '$.once') END,
  id
) WHERE status = 'READY';`;

export function createTables(db: Database.Database): void {
  db.exec(TABLES);
}

export function createIndexes(db: Database.Database): void {
  db.exec(INDEXES);
}

/** Opens a database with the product's connection settings, so that all compared servers have the same. */
export function openDatabase(path: string, options: Database.Options = {}): Database.Database {
  const db = new Database(path, { timeout: 5000, ...options });
  if (!options.readonly) {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
  }
  db.pragma('temp_store = MEMORY');
  db.pragma('cache_size = -32768');
  return db;
}

/**
 * Creates a function that inserts rows into a task table, plain or of the product. It ignores properties of a row that
 * are not columns of the table.
 */
export function createInserter<Row extends object>(db: Database.Database, table: TaskTable) {
  const columns = db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table);
  let statement: Database.Statement<[Row]> | undefined;
  return (row: Row): void => {
    statement ??= prepareInsert(
      db,
      table,
      Object.keys(row).filter((name) => columns.includes(name)),
    );
    statement.run(row);
  };
}

function prepareInsert<Row extends object>(
  db: Database.Database,
  table: TaskTable,
  columns: readonly string[],
): Database.Statement<[Row]> {
  const names = columns.map((name) => `"${name}"`).join(', ');
  const values = columns.map((name) => `@${name}`).join(', ');
  return db.prepare(`INSERT INTO ${table} (${names}) VALUES (${values})`);
}

/** Adds or replaces an access token. @param token `ID:SECRET` */
export function addToken(db: Database.Database, token: string, chain: number): void {
  const [id = '', secret = ''] = token.split(':');
  const hash = createHash('sha256').update(secret).digest();
  db.prepare('INSERT OR REPLACE INTO access_tokens (id, secret_hash, chain) VALUES (?, ?, ?)').run(
    id,
    hash,
    chain,
  );
}

export function addApiKey(db: Database.Database, key: string): void {
  const hash = createHash('sha256').update(key).digest();
  db.prepare('INSERT OR IGNORE INTO api_keys (key_hash) VALUES (?)').run(hash);
}
