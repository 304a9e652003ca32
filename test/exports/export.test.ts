import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, vi } from 'vitest';
import { ActionError } from '../../src/actions/action.ts';
import { openExportSource } from '../../src/db/export-source.ts';
import { createExports, type Exports } from '../support/exports.ts';

const TABLES = ['transactions', 'users', 'vouchers', 'wallet_ledger', 'products', 'product-variants'];
const SOURCE = TABLES.map(
  (name) => `CREATE TABLE "${name}" (id INTEGER PRIMARY KEY, chain_id INTEGER, city TEXT);
    INSERT INTO "${name}" VALUES (3, 1, 'Köln'), (2, 1, 'Ulm'), (1, 2, 'Köln');`,
).join('\n');

/** SQL expressions with special values, and their CSV and JSON forms. */
const CELLS: [string, string, string][] = [
  ['NULL', '', 'null'],
  ["''", '""', '""'],
  [`'a,"b"'`, '"a,""b"""', '"a,\\"b\\""'],
  [`'a' || char(13, 10) || 'b' || char(10) || 'c'`, '"a\r\nb\nc"', '"a\\r\\nb\\nc"'],
  ["'a' || char(10) || 'b'", '"a\nb"', '"a\\nb"'],
  ["'a' || char(13) || 'b'", '"a\rb"', '"a\\rb"'],
  ["'=1+1'", "'=1+1", '"=1+1"'],
  [`'=HYPERLINK("x")'`, `"'=HYPERLINK(""x"")"`, '"=HYPERLINK(\\"x\\")"'],
  ["'+49 221'", '+49 221', '"+49 221"'],
  ["'-5'", '-5', '"-5"'],
  ["'-12.50'", '-12.50', '"-12.50"'],
  ["'+31612345678'", '+31612345678', '"+31612345678"'],
  ["'-1,5'", '"-1,5"', '"-1,5"'],
  ["'-1 234,50'", '"-1 234,50"', '"-1 234,50"'],
  ["'-1' || char(160) || '234'", '-1\u00a0234', '"-1\u00a0234"'],
  ["'-1' || char(8239) || '234'", '-1\u202f234', '"-1\u202f234"'],
  [`'-1''234.50'`, "-1'234.50", `"-1'234.50"`],
  ["'-12%'", '-12%', '"-12%"'],
  ["'-12,5 %'", '"-12,5 %"', '"-12,5 %"'],
  ["'+31 6 12345678'", '+31 6 12345678', '"+31 6 12345678"'],
  ["'- 1'", "'- 1", '"- 1"'],
  ["'-1 A1'", "'-1 A1", '"-1 A1"'],
  ["'-1%2'", "'-1%2", '"-1%2"'],
  [`'-1''A''!B1'`, `'-1'A'!B1`, `"-1'A'!B1"`],
  ["'+1 (2)'", "'+1 (2)", '"+1 (2)"'],
  ["'-%'", "'-%", '"-%"'],
  ["'-1.234.567,89'", '"-1.234.567,89"', '"-1.234.567,89"'],
  ["'-.5'", '-.5', '"-.5"'],
  ["'+1e-7'", '+1e-7', '"+1e-7"'],
  ["'-'", "'-", '"-"'],
  ["'-1-2'", "'-1-2", '"-1-2"'],
  ["'+1' || char(10) || '=2'", `"'+1\n=2"`, '"+1\\n=2"'],
  ["'-1' || char(10)", `"'-1\n"`, '"-1\\n"'],
  ["'+A1'", "'+A1", '"+A1"'],
  [`'-2+3+cmd|'' /C calc''!A0'`, "'-2+3+cmd|' /C calc'!A0", `"-2+3+cmd|' /C calc'!A0"`],
  ["'＝1+1'", "'＝1+1", '"＝1+1"'],
  ["char(10) || '=1'", `"'\n=1"`, '"\\n=1"'],
  ["'@x'", "'@x", '"@x"'],
  ["char(9) || '=1'", `"'\t=1"`, '"\\t=1"'],
  ['-5', '-5', '-5'],
  ['-2.5', '-2.5', '-2.5'],
  ['10.0', '10', '10'],
  ['9007199254740993', '9007199254740993', '9007199254740993'],
  ['-9223372036854775808', '-9223372036854775808', '-9223372036854775808'],
  ['9e999', '', 'null'],
  ['-9e999', '', 'null'],
  ["'Infinity'", 'Infinity', '"Infinity"'],
  ["x''", '""', '""'],
  ["x'2b00ff'", '2b00ff', '"2b00ff"'],
  ["'Ünï 証 🧾'", 'Ünï 証 🧾', '"Ünï 証 🧾"'],
];

describe('an export', () => {
  it.each([
    ['transactions', 'csv', 'Transaction_Export-7.csv'],
    ['users', 'json', 'User_Export-7.json'],
    ['vouchers', 'csv', 'Voucher_Export-7.csv'],
    ['wallet-ledger', 'json', 'Wallet_Export-7.json'],
    ['products', 'csv', 'Product_Export-7.csv'],
    ['product-variants', 'json', 'Product_Variant_Export-7.json'],
  ])(
    'of %s as %s is named %s and contains the rows of the chain, ordered by id',
    async (index, format, result) => {
      const exports = await createExports(SOURCE);
      const { outcome, text, log } = await exports.run({
        target: { export_index: index, export_format: format, columns: ['city'] },
      });
      expect(outcome).toEqual({ result, file: `1/7-run1.${format}` });
      expect(text).toBe(
        format === 'csv'
          ? 'id,chain_id,city\r\n2,1,Ulm\r\n3,1,Köln\r\n'
          : '[\n{"id":2,"chain_id":1,"city":"Ulm"},\n{"id":3,"chain_id":1,"city":"Köln"}\n]\n',
      );
      expect(log).toEqual([`info: Wrote all 2 rows of ${index}.`]);
      expect(await exports.files()).toEqual([outcome?.file]);
    },
  );

  it.each(['csv', 'json'])('writes every kind of value as %s without loss', async (format) => {
    const columns = CELLS.map(([sql], index) => `${sql} AS "c,${index}"`).join(', ');
    const exports = await createExports(`CREATE VIEW users AS SELECT 1 AS chain_id, ${columns}`);
    const { text } = await exports.run({ target: { export_format: format } });
    const names = CELLS.map((_, index) => `"c,${index}"`);
    expect(text).toBe(
      format === 'csv'
        ? `chain_id,${names.join(',')}\r\n1,${CELLS.map(([, csv]) => csv).join(',')}\r\n`
        : `[\n{"chain_id":1,${CELLS.map(([, , json], index) => `${names[index]}:${json}`).join(',')}}\n]\n`,
    );
  });

  it.each([
    ['ID', '"ID",chain_id,ID2'],
    ['IDENTITY', '"IDENTITY",chain_id,ID2'],
    ['ID "x"', '"ID ""x""",chain_id,ID2'],
    ['id', 'id,chain_id,ID2'],
    ['=ID', "'=ID,chain_id,ID2"],
  ])(
    'with %j as its first column has a header that Excel does not mistake for SYLK',
    async (name, header) => {
      const exports = await createExports(
        `CREATE TABLE users ("${name.replaceAll('"', '""')}", chain_id, ID2)`,
      );
      const { text } = await exports.run({ target: { export_format: 'csv' } });
      expect(text).toBe(`${header}\r\n`);
    },
  );

  it.each([
    ['csv', true, '\ufeff"ID",chain_id\r\nö,1\r\n'],
    ['csv', false, '"ID",chain_id\r\nö,1\r\n'],
    ['json', true, '[\n{"ID":"ö","chain_id":1}\n]\n'],
  ])('begins with a byte order mark only in CSV and with csvBom (%s, %s)', async (format, csvBom, file) => {
    const exports = await createExports(
      "CREATE TABLE users (ID, chain_id); INSERT INTO users VALUES ('ö', 1)",
    );
    const { text } = await exports.run({ target: { export_format: format }, context: { csvBom } });
    expect(text).toBe(file);
  });

  it('of a chain without rows is a file without rows, and logs a warning', async () => {
    const exports = await createExports(SOURCE);
    const { text, log } = await exports.run({ chain: 3, target: { export_format: 'csv' } });
    expect(text).toBe('id,chain_id,city\r\n');
    expect(log).toEqual(['warning: This chain has no rows in users.']);
  });

  it.each([
    [
      'a WITHOUT ROWID table in the order of its primary key',
      'CREATE TABLE users (chain_id, k TEXT PRIMARY KEY) WITHOUT ROWID',
      'a,b,c',
    ],
    ['a table without a primary key in insertion order', 'CREATE TABLE users (chain_id, k)', 'b,c,a'],
    [
      'a table with a column named rowid in insertion order',
      'CREATE TABLE users (chain_id, k, rowid DEFAULT 1)',
      'b,c,a',
    ],
    [
      'a table in the order of its rowid, even if another index exists',
      'CREATE TABLE users (chain_id, k); CREATE INDEX i ON users (chain_id, k)',
      'b,c,a',
    ],
    [
      'a view in its own order',
      'CREATE TABLE t (chain_id, k); CREATE VIEW users AS SELECT chain_id, k FROM t ORDER BY k DESC',
      'c,b,a',
    ],
  ])('reads %s', async (_, create, order) => {
    const table = create.includes('VIEW') ? 't' : 'users';
    const exports = await createExports(
      `${create}; INSERT INTO ${table} (chain_id, k) VALUES (1, 'b'), (1, 'c'), (1, 'a'), (2, 'd')`,
    );
    const { text } = await exports.run();
    expect(
      JSON.parse(text)
        .map((row: { k: string }) => row.k)
        .join(),
    ).toBe(order);
  });

  it('finds a large chain id in a TEXT column, and prefers the exact name of an index', async () => {
    const exports = await createExports(`
      CREATE TABLE "wallet-ledger" (chain_id TEXT); INSERT INTO "wallet-ledger" VALUES ('9007199254740991'), ('1');
      CREATE TABLE wallet_ledger (chain_id)`);
    const { text } = await exports.run({
      chain: Number.MAX_SAFE_INTEGER,
      target: { export_index: 'wallet-ledger' },
    });
    expect(text).toBe('[\n{"chain_id":"9007199254740991"}\n]\n');
  });

  it('reads one snapshot of the source while others write', async () => {
    const { sourceUrl } = await createExports(`PRAGMA journal_mode = WAL; ${SOURCE}`);
    const sqlite = new Database(sourceUrl);
    const source = openExportSource(sourceUrl);
    const table = source.table('users');
    const read: unknown[] = [];
    for (const row of source.rows(table, 1)) {
      sqlite.prepare('INSERT INTO users (chain_id) VALUES (1)').run();
      read.push(row);
    }
    expect(read).toEqual([
      [2n, 1n, 'Ulm'],
      [3n, 1n, 'Köln'],
    ]);
    expect(source.count(table, 1)).toBe(2);
    source.close();
    sqlite.close();
  });
});

describe('the error of an export that fails', () => {
  const CHECK = "The operator of this server must check it; the server's log has the cause.";
  it.each<[string, (exports: Exports) => ReturnType<Exports['run']>]>([
    [
      'target.export_index must be one of transactions, users, vouchers, wallet-ledger, products and product-variants.',
      (exports) => exports.run({ target: { export_index: 'toString' } }),
    ],
    [
      'target.export_format must be one of csv and json.',
      (exports) => exports.run({ target: { export_format: 'xml' } }),
    ],
    [
      'No export source is configured. The operator of this server must set EXPORT_SOURCE_URL.',
      (exports) => exports.run({ context: { exportSourceUrl: undefined } }),
    ],
    [
      `The export source cannot be opened. ${CHECK}`,
      (exports) => exports.run({ context: { exportSourceUrl: join(exports.directory, 'none.db') } }),
    ],
    [
      `The export source cannot be opened. ${CHECK}`,
      (exports) => exports.run({ context: { exportSourceUrl: join(exports.directory, 'none', 'none.db') } }),
    ],
    [
      'The export source has no table or view named product-variants or product_variants; it has to be added there.',
      (exports) => exports.run({ target: { export_index: 'product-variants' } }),
    ],
    [
      'The table users of the export source has no column chain_id, so the chain of its rows is unknown.',
      (exports) => exports.run(),
    ],
    [
      `The export source cannot be read. ${CHECK}`,
      (exports) => exports.run({ target: { export_index: 'vouchers' } }),
    ],
    [
      `The export source cannot be read. ${CHECK}`,
      (exports) => exports.run({ target: { export_index: 'products' } }),
    ],
  ])('is: %s', async (message, run) => {
    const exports = await createExports(`
      CREATE TABLE users (id INTEGER PRIMARY KEY);
      CREATE VIEW vouchers AS SELECT chain_id FROM gone;
      CREATE VIEW products AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        SELECT 1 AS chain_id, iif(i < 1500, i, abs(-9223372036854775807 - 1)) AS bad FROM n`);
    const { error, log } = await run(exports);
    expect(error).toBeInstanceOf(ActionError);
    expect(error?.message).toBe(message);
    expect(error?.message).not.toContain(exports.directory);
    expect(log).toEqual([]);
    expect(await exports.files()).toEqual([]);
  });

  it('contains no file name and no SQL of a source that is not a database', async () => {
    const exports = await createExports('');
    await writeFile(exports.sourceUrl, 'This is not a database. '.repeat(100));
    const { error } = await exports.run();
    expect(error?.message).toBe(`The export source cannot be read. ${CHECK}`);
  });
});

describe('export files', () => {
  it('are removed when the export is aborted before it begins or while it runs', async () => {
    const exports = await createExports(`CREATE TABLE users (chain_id, text);
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO users SELECT 1, printf('%0100d', i) FROM n`);
    for (const delay of [0, 1, 5, 20]) {
      const stop = new AbortController();
      if (delay === 0) stop.abort(new Error('stopped'));
      else setTimeout(() => stop.abort(new Error('stopped')), delay);
      const { error } = await exports.run({ context: { signal: stop.signal } });
      expect(error?.message).toBe('stopped');
      expect(await exports.files()).toEqual([]);
    }
  });

  it('have a different name for each run', async () => {
    const exports = await createExports(SOURCE);
    const [first, second] = await Promise.all([exports.run(), exports.run()]);
    expect(await exports.files()).toEqual(['1/7-run1.json', '1/7-run2.json']);
    expect(first?.text).toBe(second?.text);
  });

  it('are complete if a second run has the same id; the second run fails', async () => {
    const exports = await createExports(`CREATE VIEW users AS
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT 1 AS chain_id, i FROM n`);
    const context = { runId: 'same' };
    const first = exports.run({ context });
    await vi.waitUntil(async () => (await exports.files()).length > 0, { interval: 1 });
    const second = await exports.run({ target: { export_index: 'users', export_format: 'json' }, context });
    expect(second.error).toMatchObject({ code: 'EEXIST' });
    expect(JSON.parse((await first).text)).toHaveLength(5000);
    expect(await exports.files()).toEqual(['1/7-same.json']);
  });

  it.each(['a file', 'a symbolic link'])('do not overwrite %s of the same name', async (kind) => {
    const exports = await createExports(SOURCE);
    const unfinished = join(exports.exportsDir, 'unfinished');
    await mkdir(unfinished, { recursive: true });
    const target =
      kind === 'a file' ? join(unfinished, '1-7-same.json') : join(exports.directory, 'precious');
    await writeFile(target, 'precious');
    if (kind !== 'a file') await symlink(target, join(unfinished, '1-7-same.json'));
    const { error } = await exports.run({ context: { runId: 'same' } });
    expect(error).toMatchObject({ code: 'EEXIST' });
    expect(error).not.toBeInstanceOf(ActionError);
    expect(await readFile(target, 'utf8')).toBe('precious');
    expect(await exports.files()).not.toContain('1/7-same.json');
  });

  it('cannot be read by other users of the machine', async () => {
    const exports = await createExports(SOURCE);
    const { outcome } = await exports.run();
    const { mode } = await stat(join(exports.exportsDir, outcome?.file ?? ''));
    expect(mode & 0o007).toBe(0);
  });

  it.each(['.', 'unfinished', '1'])(
    'cannot be created if a folder (%s) is a file; clients do not see the cause',
    async (folder) => {
      const exports = await createExports(SOURCE);
      if (folder !== '.') await mkdir(exports.exportsDir);
      const path = join(exports.exportsDir, folder);
      await writeFile(path, 'a file');
      const { error } = await exports.run();
      expect(error).toBeInstanceOf(ActionError);
      expect(error?.message).toBe("The export file cannot be created; the server's log says why.");
      expect(error?.cause).toMatchObject({ syscall: 'mkdir' });
      expect(await readFile(path, 'utf8')).toBe('a file');
    },
  );
});
