/** Statements of a write transaction that are sent without waiting for them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool, type Pool } from '../../../src/db/postgres/connection.ts';
import { statement } from '../../../src/db/postgres/statements.ts';
import { createTransactions, type Transactions } from '../../../src/db/postgres/transactions.ts';
import { takePostgresDatabase } from '../../support/postgres-databases.ts';

const insertion = statement<{ name: string; key: Buffer | null }>(
  'test-insert-secret',
  'INSERT INTO server_secrets (name, key) VALUES (:name, :key)',
);
const names = statement<object, { name: string }>(
  'test-list-secrets',
  'SELECT name FROM server_secrets ORDER BY name',
);

const key = Buffer.from('k');
/** Violates NOT NULL. */
const refused = { name: 'refused', key: null };
const REFUSAL = /violates not-null constraint/;

describe('a statement that is sent', () => {
  let pool: Pool;
  let transactions: Transactions;
  const namesOf = async () => (await pool.all(names, {})).map(({ name }) => name);

  beforeAll(async () => {
    const { url } = await takePostgresDatabase();
    pool = createPool(url);
    transactions = createTransactions(pool, async () => {});
  });
  afterAll(() => pool.close());

  it('is committed, and the statements after it see its change', async () => {
    const seen = await transactions.write(async (transaction) => {
      transaction.send(insertion, { name: 'first', key });
      const rows = await transaction.all(names, {});
      transaction.send(insertion, { name: 'second', key });
      return rows.map(({ name }) => name);
    });
    expect(seen).toEqual(['first']);
    expect(await namesOf()).toEqual(['first', 'second']);
  });

  it('rolls back the transaction if it fails, and its error is thrown', async () => {
    const write = transactions.write(async (transaction) => {
      transaction.send(insertion, { name: 'third', key });
      transaction.send(insertion, refused);
      transaction.send(insertion, { name: 'fourth', key });
    });
    await expect(write).rejects.toThrow(REFUSAL);
    expect(await namesOf()).toEqual(['first', 'second']);
  });

  it('has its error thrown, not the error of a statement that the server refuses because of it', async () => {
    const write = transactions.write(async (transaction) => {
      transaction.send(insertion, refused);
      await transaction.all(names, {});
    });
    await expect(write).rejects.toThrow(REFUSAL);
    expect(await namesOf()).toEqual(['first', 'second']);
  });

  it('is undone by its savepoint if it fails, and the transaction continues', async () => {
    await transactions.write(async (transaction) => {
      const inner = transaction.savepoint(async () => {
        transaction.send(insertion, { name: 'third', key });
        transaction.send(insertion, refused);
      });
      await expect(inner).rejects.toThrow(REFUSAL);
      transaction.send(insertion, { name: 'fourth', key });
    });
    expect(await namesOf()).toEqual(['first', 'fourth', 'second']);
  });
});
