/**
 * The reference for an import: parses NDJSON with JSON.parse and inserts it with one COPY into the bare tables. Arguments:
 * the URL of a database with these tables, the table, the file.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { type HdpTask, type ServicesTask, toHdpRow } from '../tasks.ts';
import { copyRows } from './copy-rows.ts';
import { HDP_COLUMNS, SERVICES_COLUMNS, toProductServicesRow } from './rows.ts';

const [, , url = '', table, file = ''] = process.argv;
const client = new pg.Client({ connectionString: url });
await client.connect();
if (table === 'hdp_tasks')
  await copyRows(
    client,
    table,
    HDP_COLUMNS,
    rows((line) => toHdpRow(parse<HdpTask>(line))),
  );
else
  await copyRows(
    client,
    'services_tasks',
    SERVICES_COLUMNS,
    rows((line) => toProductServicesRow(parse<ServicesTask>(line))),
  );
await client.end();

async function* rows<Row>(toRow: (line: string) => Row): AsyncGenerator<Row> {
  const input = createReadStream(file, { highWaterMark: 256 * 1024 });
  for await (const line of createInterface({ input })) yield toRow(line);
}

/** The generator has written the line, so it has the type that the caller states. */
const parse = <Task>(line: string): Task => JSON.parse(line);
