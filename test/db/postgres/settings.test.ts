/** The settings of connections, which must also be possible through PgBouncer. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { createPool } from '../../../src/db/postgres/connection.ts';
import { statement } from '../../../src/db/postgres/statements.ts';
import { takePostgresDatabase } from '../../support/postgres-databases.ts';

const readSettings = statement<object, { name: string; setting: string }>(
  'read-settings',
  `SELECT name, setting FROM pg_settings
   WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'synchronous_commit') ORDER BY name`,
);

it.each([
  ['', ['10000', '30000', 'off']],
  ['?statement_timeout=5000', ['10000', '5000', 'off']],
  ['?idle_in_transaction_session_timeout=7000', ['7000', '30000', 'off']],
])('are those of the program, unless the URL replaces them: %s', async (parameters, expected) => {
  const { url } = await takePostgresDatabase();
  const pool = createPool(`${url}${parameters}`, { synchronousCommit: false });
  expect((await pool.all(readSettings, {})).map(({ setting }) => setting)).toEqual(expected);
  await pool.close();
});

/** The parameters that PgBouncer accepts when a connection starts. */
const ACCEPTED = ['user', 'database', 'application_name', 'client_encoding'];

it('are no parameters of the start of a connection', async () => {
  const started = Promise.withResolvers<Buffer>();
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (message) => {
      started.resolve(message);
      socket.destroy();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const pool = createPool(`postgres://user@127.0.0.1:${port}/tasks`, { synchronousCommit: false });
  await expect(pool.exec('SELECT 1')).rejects.toThrow();
  // After the length and the version of the protocol: names and values, each with a zero byte.
  const parts = (await started.promise).subarray(8).toString().split('\0');
  const names = parts.filter((part, n) => n % 2 === 0 && part !== '');
  expect(names).toContain('application_name');
  expect(names.filter((name) => !ACCEPTED.includes(name))).toEqual([]);
  await pool.close();
  server.close();
});
