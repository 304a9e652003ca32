/** Compares two databases table by table: the number of rows, and the digest of all columns. */
import { RowDigest } from './digest.ts';
import { type CopyReader, SEQUENCES } from './endpoints.ts';
import { COPIED_TABLES } from './tables.ts';

/** The comparison of one table. */
export interface TableComparison {
  table: string;
  sourceRows: number;
  targetRows: number;
  /** True if both sides have the same rows. */
  isEqual: boolean;
}

/** The name of the last assigned ids among the tables. */
const ID_SEQUENCES = 'id sequences';

export interface CompareOptions {
  /** Called after each batch: rows of the target done so far, rows in total, and the table. */
  onProgress?: (done: number, total: number, table: string) => void;
  /** The digests of tables of the source that are known already. */
  known?: ReadonlyMap<string, RowDigest>;
}

/** Compares all tables and the sequences. */
export async function compareDatabases(
  source: CopyReader,
  target: CopyReader,
  { onProgress = () => {}, known = new Map() }: CompareOptions = {},
): Promise<TableComparison[]> {
  const comparisons: TableComparison[] = [];
  let total = 0;
  for (const table of COPIED_TABLES) total += await target.count(table);
  let done = 0;
  for (const table of COPIED_TABLES) {
    const [ofSource, ofTarget] = await Promise.all([
      known.get(table) ?? digestOf(source, table),
      digestOf(target, table, (rows) => {
        done += rows;
        onProgress(done, total, table);
      }),
    ]);
    comparisons.push({
      table,
      sourceRows: ofSource.rows,
      targetRows: ofTarget.rows,
      isEqual: ofSource.rows === ofTarget.rows && ofSource.hex() === ofTarget.hex(),
    });
  }
  return [...comparisons, await compareSequences(source, target)];
}

async function digestOf(
  reader: CopyReader,
  table: string,
  onRows: (rows: number) => void = () => {},
): Promise<RowDigest> {
  const digest = new RowDigest();
  for await (const rows of reader.read(table)) {
    digest.addAll(rows);
    onRows(rows.length);
  }
  return digest;
}

async function compareSequences(source: CopyReader, target: CopyReader): Promise<TableComparison> {
  const [ofSource, ofTarget] = [await source.sequences(), await target.sequences()];
  return {
    table: ID_SEQUENCES,
    sourceRows: SEQUENCES.length,
    targetRows: SEQUENCES.length,
    isEqual: SEQUENCES.every((name) => ofSource[name] === ofTarget[name]),
  };
}
