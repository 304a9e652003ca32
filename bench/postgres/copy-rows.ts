/** Inserts rows with COPY, as a stream: the memory does not grow with the rows. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from } from 'pg-copy-streams';
import type { TaskTable } from '../database.ts';

const CHUNK_LENGTH = 65_536;

/** Copies rows into a table. @param columns the properties of the rows to copy, which are columns of the table */
export async function copyRows<Row extends object>(
  client: pg.Client,
  table: TaskTable,
  columns: readonly (keyof Row & string)[],
  rows: Iterable<Row> | AsyncIterable<Row>,
): Promise<void> {
  const names = columns.map((name) => `"${name}"`).join(', ');
  await pipeline(
    Readable.from(toCopyText(columns, rows)),
    client.query(from(`COPY ${table} (${names}) FROM STDIN`)),
  );
}

/** Yields the text format of COPY in chunks. */
async function* toCopyText<Row extends object>(
  columns: readonly (keyof Row)[],
  rows: Iterable<Row> | AsyncIterable<Row>,
): AsyncGenerator<string> {
  let chunk = '';
  for await (const row of rows) {
    chunk += `${columns.map((name) => toField(row[name])).join('\t')}\n`;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function toField(value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  const text = String(value);
  return /[\\\t\n\r]/.test(text) ? text.replaceAll(/[\\\t\n\r]/g, (found) => ESCAPES[found] ?? found) : text;
}
