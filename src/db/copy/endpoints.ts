/** The two sides of a copy, which each dialect implements. Both name the tables of COPIED_TABLES. */

/** A value of a row: bytes are hexadecimal text, booleans 0 or 1. */
export type CopyValue = string | number | null;

/** The values of a row, in the order of the columns of its table. */
export type CopyRow = readonly CopyValue[];

/** The last ids that were assigned, by the table that they belong to; 0 for none. */
export type Sequences = Readonly<Record<(typeof SEQUENCES)[number], number>>;

/** The tables whose ids are never assigned twice. */
export const SEQUENCES = ['services_tasks', 'hdp_tasks', 'imports'] as const;

export interface ReadOptions {
  /** True to read the rows in the order of the primary key. */
  inKeyOrder?: boolean;
  /** Default: MAX_BATCH_ROWS. */
  batchRows?: number | undefined;
}

/** A database that is read, in one snapshot from its opening on. */
export interface CopyReader {
  /** The location of the database, without a password. */
  readonly location: string;
  count(table: string): Promise<number>;
  /** Reads all rows in batches that fit into memory. @throws DatabaseError if a value cannot be copied */
  read(table: string, options?: ReadOptions): AsyncGenerator<CopyRow[]>;
  sequences(): Promise<Sequences>;
  close(): Promise<void>;
}

/** The rows of a table that a copy has committed. */
export interface TableProgress {
  rows: number;
  /** The digest of these rows. */
  digest: string;
}

/** A database that a copy is written into. */
export interface CopyTarget {
  /**
   * Starts a copy, or continues one that was interrupted.
   * @param source the location of the source
   * @returns what the interrupted copy has committed, by table
   * @throws DatabaseError if the database is not empty, or is the unfinished copy of another source
   */
  begin(source: string): Promise<Map<string, TableProgress>>;
  /** Writes rows and the progress of their table, in one transaction. */
  write(table: string, rows: readonly CopyRow[], progress: TableProgress): Promise<void>;
  /** Removes all rows of tables, and their progress. */
  clear(tables: readonly string[]): Promise<void>;
  setSequences(sequences: Sequences): Promise<void>;
  /** Ends the copy: the database is one like any other. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** A batch has at most this many rows, and at most this many characters unless it is one row. */
const MAX_BATCH_ROWS = 5000;
const MAX_BATCH_LENGTH = 4_000_000;

/** Groups rows into batches that fit into memory. */
export async function* inBatches(
  rows: Iterable<CopyRow> | AsyncIterable<CopyRow>,
  batchRows: number = MAX_BATCH_ROWS,
): AsyncGenerator<CopyRow[]> {
  let batch: CopyRow[] = [];
  let length = 0;
  for await (const row of rows) {
    batch.push(row);
    for (const value of row) if (typeof value === 'string') length += value.length;
    if (batch.length < batchRows && length < MAX_BATCH_LENGTH) continue;
    yield batch;
    batch = [];
    length = 0;
  }
  if (batch.length > 0) yield batch;
}
