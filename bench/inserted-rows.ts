/** Reads the rows that a workload has added to a task table, for the bare tables. */
import { readNumber, type TaskTable } from './database.ts';
import { withReader } from './databases.ts';

/** Reads the rows of a product database with an id greater than `after`, in batches, as an `Inserter` takes them. */
export async function readRowsAfter(
  url: string,
  table: TaskTable,
  after: number,
  batchSize: number,
): Promise<unknown[][][]> {
  return withReader(url, async (reader) => {
    const columns = await reader.columns(table);
    const names = columns.map((name) => `"${name}"`).join(', ');
    const rows = await reader.all<Record<string, unknown>>(
      `SELECT ${names} FROM ${table} WHERE id > ? ORDER BY id`,
      [after],
    );
    const values = rows.map((row) => columns.map((name) => row[name]));
    return Array.from({ length: Math.ceil(values.length / batchSize) }, (_, batch) =>
      values.slice(batch * batchSize, (batch + 1) * batchSize),
    );
  });
}

/** Returns the greatest id of a task table. */
export const lastId = (url: string, table: TaskTable): Promise<number> =>
  withReader(url, (reader) => readNumber(reader, `SELECT max(id) FROM ${table}`));
