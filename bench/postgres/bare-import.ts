/**
 * The reference for an import: parses NDJSON with JSON.parse and inserts it with one COPY into the bare tables. Arguments:
 * the URL of a database with these tables, the table, the file.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { toHdpRow } from '../tasks.ts';
import { copyRows } from './copy-rows.ts';
import { HDP_COLUMNS, SERVICES_COLUMNS, toProductServicesRow } from './rows.ts';

const [, , url = '', table, file = ''] = process.argv;
const client = new pg.Client({ connectionString: url });
await client.connect();
if (table === 'hdp_tasks') await copyRows(client, table, HDP_COLUMNS, readRows(toHdpRow));
else await copyRows(client, 'services_tasks', SERVICES_COLUMNS, readRows(toProductServicesRow));
await client.end();

/** Yields a row per line. The generator has written the file, so its tasks have the type that `toRow` takes. */
async function* readRows<Task, Row>(toRow: (task: Task) => Row): AsyncGenerator<Row> {
  const input = createReadStream(file, { highWaterMark: 256 * 1024 });
  for await (const line of createInterface({ input })) yield toRow(JSON.parse(line));
}
