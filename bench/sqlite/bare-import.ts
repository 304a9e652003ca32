/**
 * The reference for an import: parses NDJSON with JSON.parse and inserts it into the plain tables in one transaction.
 * Arguments: a database with these tables, the table, the file.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { toHdpRow, toServicesRow } from '../tasks.ts';
import { createInserter, openDatabase } from './reference-tables.ts';

const [, , path = '', table, file = ''] = process.argv;
const db = openDatabase(path);
const insertHdp = createInserter(db, 'hdp_tasks');
const insertServices = createInserter(db, 'services_tasks');
const insert =
  table === 'hdp_tasks'
    ? (line: string) => insertHdp(toHdpRow(JSON.parse(line)))
    : (line: string) => insertServices(toServicesRow(JSON.parse(line)));

db.exec('BEGIN');
for await (const line of createInterface({ input: createReadStream(file, { highWaterMark: 256 * 1024 }) }))
  insert(line);
db.exec('COMMIT');
db.close();
