import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { isBusy, isUnavailable } from '../../../src/db/errors.ts';
import { takePostgresDatabase } from '../../support/postgres-databases.ts';

/** Returns the error of the driver for an error with this SQLSTATE. */
async function errorWith(code: string): Promise<unknown> {
  const { url } = await takePostgresDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  return client
    .query(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '${code}'; END $$`)
    .catch((error) => error);
}

it.each([
  ['08006', 'a lost connection'],
  ['25006', 'a server that accepts no writes'],
  ['25P03', 'a transaction that was idle for too long'],
  ['25P04', 'a transaction that took too long'],
  ['28P01', 'a password that is not valid any more'],
  ['3D000', 'a database that does not exist any more'],
  ['40001', 'a conflict of two snapshots'],
  ['40003', 'a commit whose result is not known'],
  ['40P01', 'a deadlock'],
  ['53100', 'a full disk'],
  ['53300', 'too many connections'],
  ['55P03', 'a lock that is not free'],
  ['57014', 'a statement that took too long'],
  ['57P01', 'a server that stops'],
  ['57P02', 'a server that has crashed'],
  ['57P03', 'a server that starts'],
  ['58030', 'a disk that fails'],
])('%s, %s, is no fault of the request', async (code) => {
  expect(isUnavailable(await errorWith(code))).toBe(true);
});

it.each(['22P02', '23505', '25P02', '40002', '42501', '42P01', 'P0001', 'XX001'])(
  '%s is an error',
  async (code) => {
    const error = await errorWith(code);
    expect({ isUnavailable: isUnavailable(error), isBusy: isBusy(error) }).toEqual({
      isUnavailable: false,
      isBusy: false,
    });
  },
);
