/** The statements of docs/postgresql.md for administrators, which must run on the tables of this version. */
import { expect, it } from 'vitest';
import { openStore } from '../../../src/db/open.ts';
import { codeBlocks, readPage, sectionOf } from '../../support/documentation.ts';
import { addServicesTasks } from '../../support/gateway.ts';
import { takePostgresDatabase } from '../../support/postgres-databases.ts';
import { openRawConnection } from '../../support/raw-connection.ts';
import { aServicesTask } from '../../support/tasks.ts';

const PAGE = readPage('docs/postgresql.md');

/** Returns the statements of the last SQL block of a section. */
function statementsOf(section: string): string[] {
  const block = codeBlocks(sectionOf(PAGE, section))
    .filter(({ language }) => language === 'sql')
    .at(-1);
  return (block?.code ?? '').split(/;\n/).filter((statement) => statement !== '');
}

it('the statement for sizes prints the bytes of a row of each table', async () => {
  const { url } = await takePostgresDatabase();
  const store = openStore(url);
  await addServicesTasks(store, ...[1, 2, 3].map((id) => aServicesTask({ id })));
  const connection = await openRawConnection(url);
  const [analyze = '', sizes = ''] = statementsOf('Size');
  await connection.rows(analyze);
  const tables = await connection.rows<{ table: string; rows: number }>(sizes);
  expect(tables).toContainEqual({
    ...{ table: 'services_tasks', rows: 3 },
    ...{ bytes: expect.any(Number), bytes_per_row: expect.any(Number) },
  });
  await connection.close();
  await store.close();
});

it('the statement for sequences prints statements that let new rows follow the replicated ones', async () => {
  const [older, newer] = [await takePostgresDatabase(), await takePostgresDatabase()];
  const store = openStore(older.url);
  await addServicesTasks(store, aServicesTask({ id: 500 }));
  const [oldConnection, newConnection] = [
    await openRawConnection(older.url),
    await openRawConnection(newer.url),
  ];
  await oldConnection.rows('SELECT setval(seqrelid, 7000) FROM pg_sequence');
  const [sequences = ''] = statementsOf('Versions of PostgreSQL');
  const printed = await oldConnection.rows<{ format: string }>(sequences);
  for (const { format } of printed) await newConnection.rows(format);
  const next = (connection: typeof oldConnection) =>
    connection.rows(
      "SELECT sequencename, nextval(sequencename::regclass) FROM pg_sequences WHERE schemaname = 'public'",
    );
  const expected = await next(oldConnection);
  expect(expected.length).toBeGreaterThan(5);
  expect(await next(newConnection)).toEqual(expected);
  await Promise.all([oldConnection.close(), newConnection.close(), store.close()]);
});
