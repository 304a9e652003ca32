/** Databases that a command cannot use from its start: one sentence names the database, without its password. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import pg from 'pg';
import { expect, inject, it, onTestFinished } from 'vitest';
import { createCli } from '../../support/cli.ts';
import { runMigrateTo } from '../../support/copies.ts';
import { createMigratedFile } from '../../support/migrated-file.ts';

const COMMANDS = [['migrate'], ['serve'], ['work'], ['check'], ['tokens', 'list'], ['unfreeze']];

async function expectRefused(databaseUrl: string, reason: RegExp): Promise<void> {
  const { run } = await createCli();
  const expected = { code: 1, stdout: '', stderr: expect.stringMatching(reason) };
  for (const args of COMMANDS) {
    const result = await run(args, { env: { DATABASE_URL: databaseUrl } });
    expect({ args, ...result }).toEqual({ args, ...expected });
    expect(result.stderr).not.toContain('hush');
  }
}

const unreachable = (name: string, reason: string) =>
  new RegExp(
    `^taskgate: The database postgres://user:\\*\\*\\*@\\S+/tasks of ${name} cannot be used right now: ${reason}\\.\\n$`,
  );

it.each([
  ['127.0.0.1:1', 'connect ECONNREFUSED 127\\.0\\.0\\.1:1'],
  ['localhost:1', 'connect ECONNREFUSED \\S+:1'],
  ['nowhere.invalid', 'getaddrinfo (ENOTFOUND|EAI_AGAIN) nowhere\\.invalid'],
])('a server that cannot be reached (%s)', async (host, reason) => {
  await expectRefused(`postgres://user:hush@${host}/tasks`, unreachable('DATABASE_URL', reason));
  const { file, remove } = await createMigratedFile();
  onTestFinished(remove);
  const target = await runMigrateTo(file, `postgres://user:hush@${host}/tasks`);
  expect(target).toMatchObject({ code: 1, stderr: expect.stringMatching(unreachable('the target', reason)) });
  const source = await runMigrateTo(`postgres://user:hush@${host}/tasks`, file);
  expect(source).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(unreachable('DATABASE_URL', reason)),
  });
});

it('a server that ends the connection', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.destroy()).on('error', () => {}));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  await expectRefused(
    `postgres://user:hush@127.0.0.1:${port}/tasks`,
    unreachable('DATABASE_URL', 'Connection terminated unexpectedly'),
  );
});

it('a database whose encoding is not UTF8', async () => {
  const administration = new pg.Client(`${inject('postgresUrl')}/postgres`);
  await administration.connect();
  for (const encoding of ['LATIN1', 'SQL_ASCII']) {
    const name = `encoding_${encoding.toLowerCase()}`;
    await administration.query(
      `CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`,
    );
    await expectRefused(
      `${inject('postgresUrl')}/${name}`,
      new RegExp(
        `^taskgate: The database postgres:\\S+/${name} has the encoding ${encoding}, and taskgate needs UTF8; ` +
          "create another one with CREATE DATABASE name TEMPLATE template0 ENCODING 'UTF8'\\.\\n$",
      ),
    );
    await administration.query(`DROP DATABASE ${name}`);
  }
  await administration.end();
});
