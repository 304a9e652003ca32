import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it as test } from 'vitest';
import { createCli } from '../support/cli.ts';
import { it } from '../support/process.ts';

// Messages for operators: each one is a sentence that says what is wrong and what to do.

const failed = (sentence: string) => ({ code: 1, stdout: '', stderr: `taskgate: ${sentence}\n` });

describe('a DATABASE_URL without a usable path', () => {
  test.each([[['migrate']], [['tokens', 'list']]])('is explained by taskgate %j', async (args) => {
    const cli = await createCli();
    const path = cli.databaseUrl();
    const cannot = (file: string, reason: string) =>
      failed(`The database ${file} of DATABASE_URL cannot be opened: ${reason}.`);
    symlinkSync('/nowhere/else.db', path);
    expect(await cli.run(args)).toEqual(
      cannot(
        path,
        `${path} is a symbolic link to /nowhere/else.db, which does not exist; create that file, or remove the link`,
      ),
    );
    rmSync(path);
    symlinkSync(path, path);
    expect(await cli.run(args)).toEqual(cannot(path, `${path} is a symbolic link that leads back to itself`));
    const long = cli.databaseUrl('x'.repeat(300));
    expect(await cli.run(args, { env: { DATABASE_URL: long } })).toEqual(
      cannot(long, 'its name is longer than the file system allows'),
    );
  });

  test('through a broken symbolic link is explained', async () => {
    const cli = await createCli();
    const folder = join(cli.directory, 'folder');
    symlinkSync('/nowhere', folder);
    const path = join(folder, 'deep', 'x.db');
    const { stderr } = await cli.run(['migrate'], { env: { DATABASE_URL: path } });
    expect(stderr).toContain(`${folder} is a symbolic link to /nowhere, which does not exist`);
  });

  it('in a removed working directory is explained', async ({ sandbox }) => {
    mkdirSync(join(sandbox.dir, 'gone'));
    const line = `cd '${sandbox.dir}/gone' && rmdir '${sandbox.dir}/gone' && DATABASE_URL=x.db taskgate migrate`;
    expect((await sandbox.shell(line)).stderr).toBe(
      'taskgate: The working directory was removed, and a path is relative to it; ' +
        'start taskgate in another directory, or set DATABASE_URL, EXPORTS_DIR and other paths to absolute ones.\n',
    );
  });
});

it('a TMPDIR that does not exist is named by a server with its database in memory', async ({ sandbox }) => {
  const env = { DATABASE_URL: ':memory:', TMPDIR: '/nope', EXPORTS_DIR: '' };
  expect((await sandbox.taskgate(['serve', '--demo'], env)).stderr).toBe(
    'taskgate: No temporary folder can be created in /nope: no such file or directory. ' +
      'Set TMPDIR to a folder that this process may write to.\n',
  );
});

describe('a database that a command cannot use', () => {
  test('is reported as locked while another process holds the write lock', { timeout: 30_000 }, async () => {
    const cli = await createCli();
    await cli.run(['migrate']);
    const other = new Database(cli.databaseUrl());
    other.exec('BEGIN IMMEDIATE');
    const result = await cli.run(['tokens', 'create', '--chain', '1']);
    other.close();
    expect(result).toEqual(
      failed(
        'The database cannot be used right now: another process holds its write lock (database is locked); ' +
          'try again when that process has finished.',
      ),
    );
  });

  test.each([
    ['list_blocks', ['check', '--repair']],
    ['hdp_search_blocks', ['check']],
    ['derived_state', ['migrate']],
    ['access_tokens', ['tokens', 'list']],
  ])('without the table %s is explained by taskgate %j', async (table, args) => {
    const cli = await createCli();
    await cli.run(['migrate']);
    const other = new Database(cli.databaseUrl());
    other.exec(`DROP TABLE ${table}`);
    other.close();
    expect(await cli.run(args)).toEqual(
      failed(
        `The database has no table ${table}, so another program has removed it; restore the database from a backup, ` +
          'because taskgate migrate and taskgate check --repair do not create it again.',
      ),
    );
  });
});

test('taskgate migrate --help says that the command creates the database', async () => {
  const { stdout } = await (await createCli()).run(['migrate', '--help']);
  expect(stdout.replace(/\s+/g, ' ')).toContain('create the database if it does not exist');
});

describe('an argument', () => {
  test('that names no file is rejected', async () => {
    const cli = await createCli();
    expect(await cli.run(['import', 'services', ''])).toEqual(
      failed('The name of the file to import is empty.'),
    );
  });

  test('with control characters is printed on one line, with escapes', async () => {
    const cli = await createCli();
    await cli.run(['migrate']);
    const text = 'a\u001b[31m\nb\u009b\u2028';
    const shown = 'a\\u001b[31m\\nb\\u009b\\u2028';
    expect(await cli.run(['import', 'services', text])).toEqual(
      failed(`The file ${shown} cannot be read: no such file or directory.`),
    );
    expect(await cli.run(['tokens', 'revoke', text])).toEqual(failed(`There is no active token ${shown}.`));
    expect((await cli.run([text])).stderr).toBe(`error: unknown command '${shown}'\n`);
  });
});

test('lines that are separated only by carriage returns are detected', async () => {
  const cli = await createCli();
  expect(await cli.run(['import', 'services', '-'], { stdin: '{"id":1}\r{"id":2}\r' })).toEqual(
    failed(
      "Line 1: it has carriage returns (CR) alone between lines; convert it, for example with tr '\\r' '\\n'. Nothing was imported.",
    ),
  );
});
