import Database from 'better-sqlite3';
import { describe } from 'vitest';
import { openStore, type Store } from '../../src/db/open.ts';
import { createMigratedFile } from './migrated-file.ts';

/** An empty database with all migrations. */
export interface TestDatabase {
  readonly url: string;
  /** Opens a connection. @param options.blockSize rows of a full block of a list */
  openStore(options?: { blockSize?: number }): Store;
  /** Reads rows as arrays through a separate connection, past the store. */
  query<Row extends unknown[]>(sql: string): Row[];
  remove(): void;
}

/** A dialect of the database. Tests of queries run on each. */
export interface Dialect {
  readonly name: string;
  createDatabase(): Promise<TestDatabase>;
}

const sqlite: Dialect = {
  name: 'SQLite',
  async createDatabase() {
    const { file, remove } = await createMigratedFile();
    const reader = new Database(file, { readonly: true });
    const statements = new Map<string, Database.Statement>();
    return {
      url: file,
      openStore: (options) => openStore(file, { synchronousCommit: false, ...options }),
      query<Row extends unknown[]>(sql: string) {
        const statement = statements.get(sql) ?? reader.prepare(sql).raw();
        statements.set(sql, statement);
        // The caller knows the columns of its query.
        return statement.all() as Row[];
      },
      remove() {
        reader.close();
        remove();
      },
    };
  },
};

/** Describes tests of queries, once for each dialect. */
export function describeDialects(title: string, tests: (dialect: Dialect) => void): void {
  describe.each([sqlite])(`${title} ($name)`, tests);
}
