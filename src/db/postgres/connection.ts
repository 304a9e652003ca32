/** The connections to a PostgreSQL server. */
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { limitOf, settingsOf } from './connection-settings.ts';
import { type CopiedRow, type CopyTarget, copyRows } from './copy.ts';
import { isAnswerTimeout, isReadOnly } from './errors.ts';
import { type Statement, valuesOf } from './statements.ts';
import { decodeText } from './text-encoding.ts';

/** How long a request waits for a free connection. */
const CONNECTION_TIMEOUT_MS = 5000;

/** How long a statement may take, unless its transaction has no time limit. */
const STATEMENT_TIMEOUT_MS = 30_000;

/** A server that answers nothing, not even that a statement took too long, is given up after this time in addition. */
const ANSWER_TIMEOUT_MS = 2000;

/** The longest time of a timer: 24 days. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

const MAX_CONNECTIONS = 10;

/** How long `close` waits for statements. Supervisors expect a process to stop in ten seconds, and requests have had eight. */
const CLOSE_TIMEOUT_MS = 1000;

/** Runs statements: each alone, or all in one transaction. */
export interface Connection {
  /** Returns the rows of a statement. */
  all<Values extends object, Row>(statement: Statement<Values, Row>, values: Values): Promise<Row[]>;
  /** Returns the first row. */
  first<Values extends object, Row>(
    statement: Statement<Values, Row>,
    values: Values,
  ): Promise<Row | undefined>;
  /** Returns the number of rows that a statement has changed. */
  run<Values extends object>(statement: Statement<Values, unknown>, values: Values): Promise<number>;
  /** Runs SQL without parameters; several statements are separated by semicolons. */
  exec(sql: string): Promise<void>;
  /** Lets the statements of the rest of the transaction take any time. */
  removeTimeLimit(): Promise<void>;
}

/** One connection to the server. */
export interface ReservedConnection extends Connection {
  /** Adds all rows or none. */
  copy(target: CopyTarget, rows: readonly CopiedRow[]): Promise<void>;
}

export interface Pool extends Connection {
  /** Runs all following queries with a connection, until it is undefined again: commands read one snapshot. */
  pin(connection: Connection | undefined): void;
  pinned(): Connection | undefined;
  /** Runs `work` with one connection. */
  withConnection<T>(work: (connection: ReservedConnection) => Promise<T>): Promise<T>;
  /** False if a query would wait for the end of another one. */
  hasFreeConnection(): boolean;
  /** Cuts the connections that no query uses. The next queries connect again. */
  cutIdle(): void;
  /** Waits a second for running statements; then their connections are cut, and the server rolls back. */
  close(): Promise<void>;
}

export interface PoolOptions {
  /** Default: 10. */
  maxConnections?: number | undefined;
  /** How long a statement may take, in milliseconds. Default: 30 seconds. */
  statementTimeoutMs?: number | undefined;
  /** False if commits need not wait for the disk. Default: true. */
  synchronousCommit?: boolean | undefined;
  /** Receives the error of an idle connection. It is replaced. */
  onIdleError?(error: Error): void;
}

const { builtins } = pg.types;

/** Integers are exact as numbers: no column exceeds 2^53. */
const PARSERS = new Map<number, (text: string) => unknown>([
  [builtins.INT8, Number],
  [builtins.TEXT, decodeText],
]);

/** The parsers of column values. */
export const types: pg.CustomTypesConfig = {
  getTypeParser: (type, format) =>
    (format === 'binary' ? undefined : PARSERS.get(type)) ?? pg.types.getTypeParser(type, format),
};

export function createPool(databaseUrl: string, options: PoolOptions = {}): Pool {
  const { synchronousCommit = true, onIdleError = () => {} } = options;
  const { maxConnections = MAX_CONNECTIONS, statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
  const settings: TimedQuery = {
    text: settingsOf(databaseUrl, statementTimeoutMs, synchronousCommit),
    query_timeout: CONNECTION_TIMEOUT_MS,
  };
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    types,
    max: maxConnections,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    query_timeout:
      Math.max(statementTimeoutMs, limitOf(databaseUrl, 'statement_timeout') ?? 0) + ANSWER_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'taskgate',
    // Statements that do not need the result of an earlier one share a round trip.
    pipeline: true,
    onConnect: (client) => client.query(settings),
  });
  // Without a listener, the error would end the process.
  pool.on('error', onIdleError);
  const clients = new Set<pg.PoolClient>();
  pool.on('connect', (client) => {
    clients.add(client);
    // The error of a connection that is lost while it is handed over. Its next query fails.
    client.on('error', () => {});
  });
  pool.on('remove', (client) => void clients.delete(client));
  const any = createConnection((query) => pool.query(query));
  const removeTimeLimit = async () => {
    throw new Error('Only a transaction can have no time limit.');
  };
  let pinned: Connection | undefined;
  return {
    all: (statement, values) => (pinned ?? any).all(statement, values),
    first: (statement, values) => (pinned ?? any).first(statement, values),
    run: (statement, values) => (pinned ?? any).run(statement, values),
    exec: (sql) => (pinned ?? any).exec(sql),
    removeTimeLimit,
    pin: (connection) => {
      pinned = connection;
    },
    pinned: () => pinned,
    async withConnection(work) {
      const client = await pool.connect();
      let failure: Error | undefined;
      // Between two queries, nothing else would receive the error of a lost connection.
      const onError = (error: Error) => {
        failure = error;
      };
      client.on('error', onError);
      const query = async (config: TimedQuery) => {
        try {
          return await client.query(config);
        } catch (error) {
          // The connection still waits for the answer; or, after a fail-over, the next one may reach the new primary.
          if (isAnswerTimeout(error) || isReadOnly(error)) failure = new Error('failed', { cause: error });
          throw error;
        }
      };
      try {
        return await work({
          ...createConnection(query),
          copy: (target, rows) => copyRows(client, target, rows),
        });
      } finally {
        client.off('error', onError);
        client.release(failure);
      }
    },
    hasFreeConnection: () => pool.totalCount - pool.idleCount + pool.waitingCount < maxConnections,
    cutIdle() {
      for (let n = pool.idleCount; n > 0; n -= 1) pool.connect().then(cut, () => {});
    },
    async close() {
      const ended = pool.end();
      const timeout = setTimeout(CLOSE_TIMEOUT_MS, 'timeout', { ref: false });
      if ((await Promise.race([ended, timeout])) !== 'timeout') return;
      for (const client of clients) void endNow(client);
      await ended;
    },
  };
}

/** Cuts an idle connection without waiting for the server. The driver does so only while a statement is running. */
function cut(client: pg.PoolClient): void {
  client.query('SELECT 1').catch(() => {});
  void endNow(client);
  client.release(true);
}

/** Cuts the connection if a statement is running. Every client of the pool is a `pg.Client`, whatever its type says. */
function endNow(client: pg.PoolClient): Promise<void> {
  // A pipelined client would wait for its statements.
  Reflect.set(client, 'pipeline', false);
  return Reflect.apply(pg.Client.prototype.end, client, []);
}

/** `query_timeout` in milliseconds is missing in the type, but the driver reads it. */
type TimedQuery = pg.QueryConfig & { query_timeout?: number | undefined };

type RunQuery = (query: TimedQuery) => Promise<pg.QueryResult>;

/** Creates a connection from a function that runs a query. */
export function createConnection(runQuery: RunQuery): Connection {
  let timeout: number | undefined;
  const query = <Values extends object, Row>(statement: Statement<Values, Row>, values: Values) =>
    runQuery({
      ...{ name: statement.name, text: statement.text, values: valuesOf(statement, values) },
      query_timeout: timeout,
    });
  const exec = async (sql: string) => {
    await runQuery({ text: sql, query_timeout: timeout });
  };
  return {
    // The type of the rows is stated where the statement is defined.
    all: async (statement, values) => (await query(statement, values)).rows,
    first: async (statement, values) => (await query(statement, values)).rows[0],
    run: async (statement, values) => (await query(statement, values)).rowCount ?? 0,
    exec,
    async removeTimeLimit() {
      await exec('SET LOCAL statement_timeout = 0');
      timeout = NO_TIMEOUT_MS;
    },
  };
}
