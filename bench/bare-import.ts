/**
 * What an import costs at the least: NDJSON through JSON.parse into the plain tables, in one transaction.
 * Arguments: a database with those tables, the table, the file.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { inserter, openDatabase } from './reference-tables.ts';
import { hdpRow, servicesRow } from './tasks.ts';

const [, , path = '', table, file = ''] = process.argv;
const db = openDatabase(path);
const insertHdp = inserter(db, 'hdp_tasks');
const insertServices = inserter(db, 'services_tasks');
const insert =
  table === 'hdp_tasks'
    ? (line: string) => insertHdp(hdpRow(JSON.parse(line)))
    : (line: string) => insertServices(servicesRow(JSON.parse(line)));

db.exec('BEGIN');
for await (const line of createInterface({ input: createReadStream(file, { highWaterMark: 256 * 1024 }) }))
  insert(line);
db.exec('COMMIT');
db.close();
