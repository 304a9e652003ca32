/** Connections past the store, for tests that look into a database or damage it. */
import Database from 'better-sqlite3';
import pg from 'pg';
import { isPostgresUrl } from '../../src/lib/postgres-url.ts';

export interface RawConnection {
  rows<Row>(sql: string): Promise<Row[]>;
  /** Runs a statement. In PostgreSQL, the guard of the tables lets it write. */
  exec(sql: string): Promise<void>;
  close(): Promise<void>;
}

/** Integers as numbers. */
export const NUMBERS: pg.CustomTypesConfig = {
  getTypeParser: (type, format) =>
    type === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(type, format),
};

/** Connects to a database file or a URL of PostgreSQL. */
export async function openRawConnection(databaseUrl: string): Promise<RawConnection> {
  if (!isPostgresUrl(databaseUrl)) return openSqlite(databaseUrl);
  const client = new pg.Client({ connectionString: databaseUrl, types: NUMBERS });
  await client.connect();
  return {
    // The caller knows the columns of its query.
    rows: async <Row>(sql: string) => (await client.query(sql)).rows as Row[],
    async exec(sql) {
      try {
        await client.query(`BEGIN; SET LOCAL taskgate.writes = 'on'; ${sql}; COMMIT`);
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      }
    },
    close: () => client.end(),
  };
}

/** Returns the bytes of all values in the tables of a PostgreSQL database, except those of its own catalogues. */
export async function readStoredValues(databaseUrl: string): Promise<Buffer> {
  const connection = await openRawConnection(databaseUrl);
  const tables = await connection.rows<{ name: string }>(
    "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
  );
  const values: Buffer[] = [];
  for (const { name } of tables) {
    for (const row of await connection.rows<Record<string, unknown>>(`SELECT * FROM ${name}`)) {
      for (const value of Object.values(row))
        values.push(Buffer.isBuffer(value) ? value : Buffer.from(`${value}\n`));
    }
  }
  await connection.close();
  return Buffer.concat(values);
}

function openSqlite(path: string): RawConnection {
  const sqlite = new Database(path, { timeout: 5000 });
  return {
    rows: async <Row>(sql: string) => sqlite.prepare<[], Row>(sql).all(),
    async exec(sql) {
      sqlite.exec(sql);
    },
    async close() {
      sqlite.close();
    },
  };
}
