import { describe, expect, it } from 'vitest';
import { aSegment, createExports, parseIds, RULE } from '../support/exports.ts';

describe('a name of the export source', () => {
  it.each([
    ['Transactions', 'transactions'],
    ['PRODUCT_VARIANTS', 'product-variants'],
    ['Wallet-Ledger', 'wallet-ledger'],
  ])('of a table is case-insensitive: %s', async (table, index) => {
    const exports = await createExports(`
      CREATE TABLE "${table}" (ID INTEGER PRIMARY KEY, Chain_ID INTEGER);
      INSERT INTO "${table}" VALUES (3, 1), (4, 2)`);
    const { text, error } = await exports.run({ target: { export_index: index } });
    expect(error).toBeUndefined();
    expect(text).toBe('[\n{"ID":3,"Chain_ID":1}\n]\n');
  });

  it('with a hyphen is preferred, case-insensitively', async () => {
    const exports = await createExports(`
      CREATE TABLE wallet_ledger (chain_id);
      CREATE TABLE "WALLET-LEDGER" (chain_id); INSERT INTO "WALLET-LEDGER" VALUES (1)`);
    const { text } = await exports.run({ target: { export_index: 'wallet-ledger' } });
    expect(text).toBe('[\n{"chain_id":1}\n]\n');
  });

  it.each([
    ['User_ID', 'USER_ID'],
    ['USER_ID', 'Id'],
  ])('of a column is case-insensitive: %s, %s', async (userIdColumn, idColumn) => {
    const exports = await createExports(`
      CREATE TABLE Users ("${idColumn}" INTEGER, CHAIN_ID INTEGER, City TEXT);
      INSERT INTO Users VALUES (1, 1, 'Köln'), (2, 1, 'Ulm'), (1, 2, 'Köln');
      CREATE TABLE Transactions (id INTEGER PRIMARY KEY, Chain_Id INTEGER, "${userIdColumn}" INTEGER);
      INSERT INTO Transactions VALUES (11, 1, 1), (12, 1, 2), (13, 2, 1)`);
    const { text, error } = await exports.run({
      target: { export_index: 'transactions' },
      trigger: { segment: aSegment({ rules: [{ ...RULE, field_name: 'cITY' }] }) },
    });
    expect(error).toBeUndefined();
    expect(parseIds(text)).toEqual([11]);
  });

  it.each([
    ['Ä', 'ä'],
    ['K', '\u212a'],
  ])('outside of ASCII is case-sensitive, as in SQLite: %s, %s', async (column, name) => {
    const exports = await createExports(`CREATE TABLE users (chain_id, "${column}")`);
    const segment = aSegment({ rules: [{ ...RULE, field_name: name }] });
    const { error } = await exports.run({ trigger: { segment } });
    expect(error?.message).toContain(`a rule on "${name}", which is not a column of users`);
  });
});

describe('a user id', () => {
  const ids = ['5', '5.0', "'5'", "'5.0'", "x'35'"];
  const pairs = ['', 'INTEGER', 'REAL', 'TEXT'].flatMap((type) =>
    ids.flatMap((id) => ids.map((userId) => [id, userId, type])),
  );
  it.each(pairs)('%s equals user_id %s in a column of type "%s"', async (id, userId, type) => {
    const exports = await createExports(`
      CREATE TABLE users (id, chain_id, city); INSERT INTO users VALUES (${id}, 1, 'Köln'), (6, 1, 'Köln');
      CREATE TABLE transactions (id INTEGER PRIMARY KEY, chain_id INTEGER, user_id ${type});
      INSERT INTO transactions VALUES (11, 1, ${userId}), (12, 1, 7), (13, 1, NULL)`);
    const { text } = await exports.run({
      target: { export_index: 'transactions' },
      trigger: { segment: aSegment() },
    });
    expect(parseIds(text)).toEqual([11]);
  });

  it.each([
    ['5.5', "'5.5'", true],
    ['5.5', '5', false],
    ["'05'", '5', false],
    ["'A'", "'a'", false],
    ['9007199254740993', "'9007199254740993'", true],
    ['9007199254740993', '9007199254740992.0', false],
  ])('%s compared with user_id %s: %s', async (id, userId, isEqual) => {
    const exports = await createExports(`
      CREATE TABLE users (id, chain_id, city); INSERT INTO users VALUES (${id}, 1, 'Köln');
      CREATE TABLE transactions (id INTEGER PRIMARY KEY, chain_id INTEGER, user_id);
      INSERT INTO transactions VALUES (11, 1, ${userId})`);
    const { text } = await exports.run({
      target: { export_index: 'transactions' },
      trigger: { segment: aSegment() },
    });
    expect(parseIds(text)).toEqual(isEqual ? [11] : []);
  });
});

describe('a chain_id', () => {
  it.each([
    ['in an INTEGER column', 'chain_id INTEGER', '1764', '17640'],
    ['in a REAL column', 'chain_id REAL', '1764', '17640'],
    ['in a TEXT column', 'chain_id TEXT', "'1764'", "'17640'"],
    ['as a real number in a TEXT column', 'chain_id TEXT', '1764.0', '17640.0'],
    ['as text in a column without a type', 'chain_id', "'1764'", "'17640'"],
    ['as a real number in a column without a type', 'chain_id', '1764.0', '17640.0'],
    ['as text in a BLOB column', 'chain_id BLOB', "'1764'", "'17640'"],
  ])('%s is found', async (_, column, chain, other) => {
    const exports = await createExports(`
      CREATE TABLE users (id INTEGER PRIMARY KEY, city, ${column});
      INSERT INTO users VALUES (1, 'Köln', ${other}), (2, 'Köln', ${chain}), (3, 'Ulm', ${chain});
      CREATE TABLE transactions (id INTEGER PRIMARY KEY, user_id, ${column});
      INSERT INTO transactions VALUES (11, 3, ${chain}), (12, 2, ${chain}), (13, 2, ${other})`);
    const segment = aSegment({ chain_id: 1764 });
    const all = await exports.run({ chain: 1764 });
    expect(parseIds(all.text)).toEqual([2, 3]);
    expect(all.log).toEqual(['info: Wrote all 2 rows of users.']);
    const target = { export_index: 'transactions' };
    const selected = await exports.run({ chain: 1764, target, trigger: { segment } });
    expect(parseIds(selected.text)).toEqual([12]);
  });

  it('matches in each numeric form, and the rows are in the order of the rowid', async () => {
    const exports = await createExports(`
      CREATE TABLE users (id INTEGER PRIMARY KEY, chain_id); CREATE INDEX chains ON users (chain_id);
      INSERT INTO users VALUES (1, '1'), (2, 1), (3, '1.0'), (4, 1.0), (5, '01'), (6, '2')`);
    const { text } = await exports.run();
    expect(parseIds(text)).toEqual([1, 2, 3, 4]);
  });

  it('that a view converts to text is found', async () => {
    const exports = await createExports(`
      CREATE TABLE t (id INTEGER PRIMARY KEY, shop INTEGER); INSERT INTO t VALUES (1, 1), (2, 2);
      CREATE VIEW users AS SELECT id, shop || '' AS chain_id FROM t`);
    const { text } = await exports.run();
    expect(parseIds(text)).toEqual([1]);
  });
});
