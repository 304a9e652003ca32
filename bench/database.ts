/** The interfaces of a database system, so that each workload is written once. */
import type { Dataset } from './dataset.ts';

export type DatabaseName = 'sqlite' | 'postgres';
export type TaskTable = 'hdp_tasks' | 'services_tasks';

/** Access to a database by its URL, as in DATABASE_URL: the path of an SQLite file, or a URL of PostgreSQL. */
export interface DatabaseClient {
  openReader(url: string): Promise<Reader>;
  /** Opens a task table for durable inserts. @param connections the number of concurrent transactions */
  openInserter(url: string, table: TaskTable, connections: number): Promise<Inserter>;
}

/** One connection that reads. */
export interface Reader {
  /** Returns the rows of a query. @param sql has a `?` for each value */
  all<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs `work` in one snapshot of the data. */
  snapshot<T>(work: () => Promise<T>): Promise<T>;
  /** Returns the names of the columns that an insert can set. */
  columns(table: TaskTable): Promise<string[]>;
  close(): Promise<void>;
}

/** Inserts rows without the product's code. */
export interface Inserter {
  /** Inserts rows in one durable transaction. @param rows values in the order of `Reader.columns` */
  insert(rows: readonly (readonly unknown[])[]): Promise<void>;
  close(): Promise<void>;
}

/** The databases of a run. Only the main process has it. */
export interface DatabaseHost {
  name: DatabaseName;
  /** The compiled script of the Fastify server; see start-servers.ts. */
  peerScript: string;
  /** The compiled script of the bare import. Arguments: a database from `createImportTables`, the table, the file. */
  importScript: string;
  /** What the bare import does, for the report. */
  importNote: string;
  /** Returns the version, and the settings that matter, for the report. */
  facts(): Promise<{ version: string; settings: string }>;
  /** Opens the data set and builds its databases if needed. @param log receives progress messages */
  openDataset(rows: number, log: (text: string) => void): Promise<Dataset>;
  /**
   * Returns the database with the bare tables: the product's two task tables with their indexes and rows, without triggers
   * and derived data. Builds it if needed.
   */
  openBareTables(dataset: Dataset, log: (text: string) => void): Promise<string>;
  /** Returns a new database for the product, which the CLI can migrate. */
  createEmpty(): Promise<string>;
  /** Creates a database with empty task tables and their indexes for the bare import. */
  createImportTables(): Promise<string>;
  copy(url: string): Promise<string>;
  remove(url: string): Promise<void>;
  /** Returns the size of a database in bytes. */
  sizeOf(url: string): Promise<number>;
  stop(): Promise<void>;
}

/** Reads one number, such as a count. @returns 0 for no row and for null */
export async function readNumber(
  reader: Reader,
  sql: string,
  values: readonly unknown[] = [],
): Promise<number> {
  const [row] = await reader.all(sql, values);
  return Number(Object.values(row ?? {})[0] ?? 0);
}
