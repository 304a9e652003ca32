/** The comparison finds a change of any column. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeTables } from '../../../src/db/copy/tables.ts';
import * as schema from '../../../src/db/postgres/schema.ts';
import { createDatabase, differingTables, runMigrateTo } from '../../support/copies.ts';
import { openRawConnection, type RawConnection } from '../../support/raw-connection.ts';
import { fillDatabase } from '../../support/rich-database.ts';

type Database = Awaited<ReturnType<typeof createDatabase>>;

let source: Database;
let target: Database;
let raw: RawConnection;

beforeAll(async () => {
  source = await createDatabase('sqlite');
  target = await createDatabase('postgres');
  await fillDatabase(source.url);
  await runMigrateTo(source.url, target.url);
  raw = await openRawConnection(target.url);
  // Checks would refuse most changes.
  await raw.exec(`DO $$
    DECLARE found record;
    BEGIN
      FOR found IN SELECT conrelid::regclass AS name, conname FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f') LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.name, found.conname);
      END LOOP;
    END
  $$`);
});

afterAll(async () => {
  await raw.close();
  await source.remove();
  await target.remove();
});

const CHANGES = {
  text: (column: string) => `coalesce(${column}, '') || 'x'`,
  integer: (column: string) => `coalesce(${column}, 0) - 100000`,
  bytes: (column: string) => `set_byte(${column}, 0, (get_byte(${column}, 0) + 1) % 256)`,
  boolean: (column: string) => `NOT ${column}`,
};

const COLUMNS = describeTables(schema).all.flatMap(({ name, columns }) =>
  columns.map((column) => ({ table: name, column: `"${column.name}"`, kind: column.kind })),
);

it('finds one changed value in each column of each table, and nothing else', async () => {
  expect(COLUMNS.length).toBeGreaterThan(100);
  for (const { table, column, kind } of COLUMNS) {
    await raw.exec(`CREATE TABLE original AS TABLE ${table}`);
    await raw.exec(
      `UPDATE ${table} SET ${column} = ${CHANGES[kind](column)} WHERE ctid = (SELECT max(ctid) FROM ${table})`,
    );
    expect(await differingTables(source.url, target.url), column).toEqual([table]);
    await raw.exec(`DELETE FROM ${table}; INSERT INTO ${table} TABLE original; DROP TABLE original`);
  }
  expect(await differingTables(source.url, target.url)).toEqual([]);
}, 120_000);

it('tells a null from an empty text, and finds a missing row', async () => {
  await raw.exec("UPDATE services_tasks SET series_start = '' WHERE id = 2");
  expect(await differingTables(source.url, target.url)).toEqual(['services_tasks']);
  await raw.exec('UPDATE services_tasks SET series_start = NULL WHERE id = 2; DELETE FROM server_secrets');
  expect(await differingTables(source.url, target.url)).toEqual(['server_secrets']);
});

it('compares without copying, and ends with status 1 and the table if the databases differ', async () => {
  expect(await runMigrateTo(source.url, target.url, { verifyOnly: true })).toEqual({
    code: 1,
    stdout: expect.stringMatching(/^server_secrets +1 +0 {2}DIFFERENT$/m),
    stderr: 'The databases differ in server_secrets.\n',
  });
  expect(await differingTables(source.url, target.url)).toEqual(['server_secrets']);
});
