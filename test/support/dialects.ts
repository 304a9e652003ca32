import Database from 'better-sqlite3';
import pg from 'pg';
import { describe } from 'vitest';
import { openStore, type Store } from '../../src/db/open.ts';
import { createMigratedFile } from './migrated-file.ts';
import { takePostgresDatabase } from './postgres-databases.ts';
import { NUMBERS } from './raw-connection.ts';
import { isPostgres } from './stores.ts';

/** An empty database with all migrations. */
export interface TestDatabase {
  readonly url: string;
  /** Opens a connection. @param options.leaseClock decides leases */
  openStore(options?: { blockSize?: number; leaseClock?: () => number }): Store;
  /** Reads rows as arrays through a separate connection, past the store. */
  query<Row extends unknown[]>(sql: string): Promise<Row[]>;
  remove(): Promise<void>;
}

/** A dialect of the database. Tests of queries run on each. */
export interface Dialect {
  readonly name: string;
  createDatabase(): Promise<TestDatabase>;
  /** True if one store does the writes that start together in their order. */
  readonly ordersWrites: boolean;
}

const sqlite: Dialect = {
  name: 'SQLite',
  ordersWrites: true,
  async createDatabase() {
    const { file, remove } = await createMigratedFile();
    const reader = new Database(file, { readonly: true });
    const statements = new Map<string, Database.Statement>();
    return {
      url: file,
      openStore: (options) => openStore(file, { synchronousCommit: false, ...options }),
      async query<Row extends unknown[]>(sql: string) {
        const statement = statements.get(sql) ?? reader.prepare(sql).raw();
        statements.set(sql, statement);
        // The caller knows the columns of its query.
        return statement.all() as Row[];
      },
      async remove() {
        reader.close();
        remove();
      },
    };
  },
};

const postgres: Dialect = {
  name: 'PostgreSQL',
  ordersWrites: false,
  async createDatabase() {
    const { url, release } = await takePostgresDatabase();
    const reader = new pg.Client({ connectionString: url, types: NUMBERS });
    await reader.connect();
    return {
      url,
      openStore: (options) => openStore(url, { synchronousCommit: false, ...options }),
      // The caller knows the columns of its query.
      query: async <Row extends unknown[]>(sql: string) =>
        (await reader.query({ text: sql, rowMode: 'array' })).rows as Row[],
      async remove() {
        await reader.end();
        await release();
      },
    };
  },
};

/** Describes tests of queries, for the dialect of the project. */
export function describeDialects(title: string, tests: (dialect: Dialect) => void): void {
  const dialect = isPostgres() ? postgres : sqlite;
  describe(`${title} (${dialect.name})`, () => tests(dialect));
}
