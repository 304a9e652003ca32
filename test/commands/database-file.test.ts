import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { APPLICATION_ID } from '../../src/db/sqlite/database-identity.ts';
import { type Cli, createCli } from '../support/cli.ts';

// Which files a command accepts as its database. It does not change other files.

const READING = [
  ['export', 'services'],
  ['export', 'services', '--chain', '1'],
  ['export', 'hdp'],
  ['check'],
  ['check', '--repair'],
  ...['tokens', 'sessions', 'keys'].flatMap((group) => [
    [group, 'list'],
    [group, 'revoke', 'x'],
  ]),
  ['admins', 'list'],
  ['admins', 'revoke', '--user', '1', '--chain', '1'],
  ['tasks', 'remove', '1'],
  ['tasks', 'reset', '1'],
  ['webhooks', 'list'],
  ['webhooks', 'resend', 'x'],
  ['unfreeze'],
  ['migrate-to', 'copy.db'],
];
const WRITING = [
  ['migrate'],
  ['seed'],
  ['serve'],
  ['serve', '--demo'],
  ['work'],
  ['import', 'hdp', '-'],
  ['import', 'services', '-'],
  ['simulate', '--once'],
  ['tokens', 'create', '--chain', '1'],
  ['admins', 'grant', '--user', '1', '--chain', '1'],
  ['sessions', 'create', '--user', '1'],
  ['keys', 'create', '--role', 'client'],
];
const named = (commands: string[][]) => commands.map((args) => ({ args, command: args.join(' ') }));
const refused = (sentence: string) => ({ code: 1, stdout: '', stderr: `taskgate: ${sentence}\n` });

/** Returns the names and bytes of all files in the directory. */
async function filesOf({ directory }: Cli) {
  const names = (await readdir(directory)).sort();
  return Promise.all(
    names.map(async (name) => ({ name, bytes: await readFile(join(directory, name), 'hex') })),
  );
}

it('this file covers every command except health, which opens no database', async () => {
  const cli = await createCli();
  const tried = [...READING, ...WRITING].map((args) => args.join(' '));
  const leaves = cli.commands().filter(({ command }) => command.commands.length === 0);
  const missing = leaves.filter(({ words }) => !tried.some((args) => args.startsWith(words.join(' '))));
  expect(missing.map(({ words }) => words.join(' '))).toEqual(['health']);
});

describe.each(named(READING))('taskgate $command', ({ args }) => {
  const REMEDY = 'check DATABASE_URL, or create the database with taskgate migrate.';

  it('rejects a missing database, and creates nothing', async () => {
    const cli = await createCli();
    for (const path of ['mistyped.db', 'missing/folder/x.db']) {
      const env = { DATABASE_URL: join(cli.directory, path) };
      expect(await cli.run(args, { env })).toEqual(
        refused(`There is no database ${join(cli.directory, path)}; ${REMEDY}`),
      );
    }
    expect(await filesOf(cli)).toEqual([]);
  });

  it('rejects an empty file, a database without tables and one in memory, without changing them', async () => {
    const cli = await createCli();
    const path = await cli.file('taskgate.db', '');
    expect(await cli.run(args)).toEqual(
      refused(`The file ${path} is empty, so it is no database of taskgate; ${REMEDY}`),
    );
    expect(await readFile(path, 'utf8')).toBe('');
    const db = new Database(path);
    db.exec('VACUUM');
    db.close();
    const before = await filesOf(cli);
    expect(await cli.run(args)).toEqual(
      refused(`The database ${path} has no tables of taskgate; check DATABASE_URL, or run taskgate migrate.`),
    );
    expect(await cli.run(args, { env: { DATABASE_URL: ':memory:' } })).toEqual(
      refused(`A database in memory is always empty when a command starts; ${REMEDY}`),
    );
    expect(await filesOf(cli)).toEqual(before);
  });
});

it.each(named(WRITING))('taskgate $command creates a missing database', async ({ args }) => {
  const cli = await createCli();
  expect(
    await cli.run(args, { env: { DATABASE_URL: `file:${cli.directory}/new/x.db`, PORT: '0' } }),
  ).toMatchObject({
    code: 0,
  });
  expect(await readdir(join(cli.directory, 'new'))).toContain('x.db');
});

it.each(named(WRITING.filter(([command = '']) => !['serve', 'work'].includes(command))))(
  'taskgate $command refuses a database in memory, which would end with it',
  async ({ args }) => {
    const cli = await createCli();
    for (const url of [':memory:', 'file::memory:']) {
      expect(await cli.run(args, { env: { DATABASE_URL: url } })).toEqual(
        refused('A database in memory exists only until the command ends; set DATABASE_URL to a file.'),
      );
    }
    expect(await filesOf(cli)).toEqual([]);
  },
);

const DRIZZLE =
  'CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)';
const FOREIGN = {
  'a table': 'CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL); INSERT INTO orders VALUES (1, 9.5)',
  'a table in WAL mode': 'PRAGMA journal_mode = WAL; CREATE TABLE orders (id INTEGER PRIMARY KEY)',
  'only a view': 'CREATE VIEW orders AS SELECT 1 AS id',
  'an application_id and no tables': 'PRAGMA application_id = 7; VACUUM',
  'migrations by drizzle': `${DRIZZLE}; INSERT INTO __drizzle_migrations VALUES (1, 'x', 1700000000000); CREATE TABLE orders (id)`,
  'migrations by drizzle alone': `${DRIZZLE}; INSERT INTO __drizzle_migrations VALUES (1, 'x', NULL)`,
  'a table of migrations with other columns': 'CREATE TABLE __drizzle_migrations (version)',
  'tables of the same names':
    'CREATE TABLE hdp_tasks (id); CREATE TABLE services_tasks (id); CREATE TABLE list_blocks (x)',
};

describe.each(Object.entries(FOREIGN))('the database of another program, with %s,', (_, sql) => {
  it.each(named([...WRITING, ...READING]))(
    'is refused by taskgate $command, and stays as it is',
    async ({ args }) => {
      const cli = await createCli();
      const shop = new Database(cli.databaseUrl('shop'));
      shop.exec(sql);
      shop.close();
      const before = await filesOf(cli);
      const sentence =
        `The file ${cli.databaseUrl('shop')} is the database of another program, and was not changed; ` +
        'set DATABASE_URL to another file.';
      expect(await cli.run(args, { database: 'shop' })).toEqual(refused(sentence));
      expect(await filesOf(cli)).toEqual(before);
    },
  );
});

describe("another program's database that was not closed", () => {
  /** Copies the files of a database while its writer has them open: an interrupted copy, or the files after a crash. */
  async function copyOpen(cli: Cli, sql: string) {
    const writer = new Database(cli.databaseUrl('live'));
    writer.exec(sql);
    for (const suffix of ['', '-wal', '-journal']) {
      const file = `${cli.databaseUrl('live')}${suffix}`;
      if (existsSync(file)) await copyFile(file, `${cli.databaseUrl('shop')}${suffix}`);
    }
    return writer;
  }

  const states = {
    'with a write-ahead log':
      'PRAGMA journal_mode = WAL; CREATE TABLE orders (id); INSERT INTO orders VALUES (1)',
    'with an application_id and a write-ahead log':
      'PRAGMA application_id = 7; VACUUM; PRAGMA journal_mode = WAL; CREATE TABLE orders (id)',
    'in the middle of a transaction':
      'PRAGMA cache_size = 1; CREATE TABLE orders (x); INSERT INTO orders VALUES (randomblob(50000)); BEGIN; ' +
      'UPDATE orders SET x = randomblob(60000); INSERT INTO orders VALUES (randomblob(90000))',
  };

  it.each(Object.entries(states))('%s is rejected and not changed', async (_, sql) => {
    const cli = await createCli();
    const writer = await copyOpen(cli, sql);
    writer.close();
    const before = await filesOf(cli);
    expect(before.map(({ name }) => name)).toEqual([
      'live.db',
      'shop.db',
      expect.stringMatching(/^shop\.db-(wal|journal)$/),
    ]);
    for (const args of [['migrate'], ['export', 'hdp']]) {
      expect(await cli.run(args, { database: 'shop' })).toEqual(
        refused(
          `The file ${cli.databaseUrl('shop')} is the database of another program, and was not changed; ` +
            'set DATABASE_URL to another file.',
        ),
      );
    }
    // SQLite recreates the index of the log for any reader. A reader without write access does not remove it.
    const after = (await filesOf(cli)).filter(({ name }) => name !== 'shop.db-shm');
    expect(after).toEqual(before);
  });

  it('is rejected while that program has it open, and not changed', async () => {
    const cli = await createCli();
    const writer = new Database(cli.databaseUrl('shop'));
    writer.exec(states['with a write-ahead log']);
    const contents = async () => (await filesOf(cli)).filter(({ name }) => !name.endsWith('-shm'));
    const before = await contents();
    expect(await cli.run(['migrate'], { database: 'shop' })).toMatchObject({ code: 1 });
    expect(await contents()).toEqual(before);
    writer.exec('INSERT INTO orders VALUES (2)');
    writer.close();
  });
});

it.each([0, APPLICATION_ID])(
  'a database of taskgate that was not closed is opened (application_id %i)',
  async (id) => {
    const cli = await createCli();
    await cli.run(['migrate']);
    const writer = new Database(cli.databaseUrl());
    writer.exec(`PRAGMA application_id = ${id}; CREATE TABLE notes (text)`);
    for (const suffix of ['', '-wal'])
      await copyFile(cli.databaseUrl() + suffix, cli.databaseUrl('copy') + suffix);
    writer.close();
    expect(await cli.run(['export', 'hdp'], { database: 'copy' })).toMatchObject({ code: 0, stderr: '' });
    expect(await cli.run(['migrate'], { database: 'copy' })).toMatchObject({ code: 0 });
  },
);

describe('a database of taskgate', () => {
  const applicationId = (cli: Cli) => {
    const db = new Database(cli.databaseUrl(), { readonly: true });
    const id = db.pragma('application_id', { simple: true });
    db.close();
    return id;
  };
  const change = (cli: Cli, sql: string) => {
    const db = new Database(cli.databaseUrl());
    db.exec(sql);
    db.close();
  };

  it('has its own application_id', async () => {
    const cli = await createCli();
    await cli.run(['migrate']);
    expect(applicationId(cli)).toBe(APPLICATION_ID);
  });

  it.each(named([['migrate'], ['export', 'hdp'], ['tokens', 'list']]))(
    'of an earlier version is accepted by taskgate $command, and gets it',
    async ({ args }) => {
      const cli = await createCli();
      await cli.run(['migrate']);
      change(cli, 'PRAGMA application_id = 0; CREATE TABLE notes (text)');
      expect(await cli.run(args)).toMatchObject({ code: 0 });
      expect(applicationId(cli)).toBe(APPLICATION_ID);
    },
  );

  it('whose first migration was interrupted is migrated', async () => {
    const cli = await createCli();
    change(cli, DRIZZLE);
    expect(await cli.run(['migrate'])).toMatchObject({ code: 0 });
    expect(await cli.run(['export', 'hdp'])).toMatchObject({ code: 0 });
  });

  it('is read while another process writes to it, also when it has no application_id yet', async () => {
    const cli = await createCli();
    await cli.run(['migrate']);
    change(cli, 'PRAGMA application_id = 0');
    const writer = new Database(cli.databaseUrl());
    writer.exec('BEGIN IMMEDIATE');
    expect(await cli.run(['tokens', 'list'])).toMatchObject({ code: 0 });
    writer.close();
  }, 20_000);
});

it('a folder is refused as a database, with the reason', async () => {
  const cli = await createCli();
  await mkdir(cli.databaseUrl());
  for (const args of [['migrate'], ['export', 'hdp']])
    expect(await cli.run(args)).toEqual(
      refused(`The database ${cli.databaseUrl()} of DATABASE_URL cannot be opened: it is a folder.`),
    );
});
