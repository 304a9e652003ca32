/** The roles of docs/postgresql.md, with the statements of that page: an owner migrates, and another role serves. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { accepted } from '../../../src/hdp/task-schema.ts';
import { logLinesAction } from '../../support/actions.ts';
import { type Cli, createCli } from '../../support/cli.ts';
import { runMigrateTo } from '../../support/copies.ts';
import { codeBlocks, readPage, sectionOf } from '../../support/documentation.ts';
import { addServicesTasks, asChain, asKey, createTestGateway } from '../../support/gateway.ts';
import { claimAll } from '../../support/outbox.ts';
import { openRawConnection } from '../../support/raw-connection.ts';
import { aServicesTask } from '../../support/tasks.ts';

const CHAIN = 1764;

/** The names of the page, each replaced by one that no other test has, because all databases share the roles. */
const SUFFIX = randomUUID().replaceAll('-', '');
const NAMES = /\btaskgate(_owner|_server|_reports)?\b(?! [a-z])/g;

const shown = codeBlocks(sectionOf(readPage('docs/postgresql.md'), 'Roles'))
  .filter(({ language }) => language === 'sql')
  .map(({ code }) => code);
const blocks = shown.map((code) => code.replaceAll(NAMES, (name) => `${name}_${SUFFIX}`));
const [createDatabase = '', grantRights = '', grantOfExisting = '', grantReports = ''] = blocks;

/** Returns the URL of the database for a role of the page, or for the administrator of the tests. */
function urlOf(role: 'owner' | 'server' | 'reports' | 'administrator'): string {
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/taskgate_${SUFFIX}`;
  if (role === 'administrator') return url.href;
  url.username = `taskgate_${role}_${SUFFIX}`;
  url.password = encodeURIComponent(`the password of the ${role === 'server' ? 'servers' : role}`);
  return url.href;
}

/** Runs statements in a connection, which commits each of them as psql does. */
async function run(url: string, statements: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    for (const statement of statements.split(/;\n/).filter((part) => part.trim() !== ''))
      await client.query(statement);
  } finally {
    await client.end();
  }
}

const maintenanceUrl = () => `${inject('postgresUrl')}/postgres`;

/** Creates a command line whose commands use the database with a role. */
async function openCli(role: Parameters<typeof urlOf>[0]) {
  const cli = await createCli();
  return {
    run: (args: Parameters<Cli['run']>[0], stdin = '') =>
      cli.run(args, { stdin, env: { DATABASE_URL: urlOf(role) } }),
  };
}

beforeAll(async () => {
  await run(maintenanceUrl(), createDatabase);
  await run(urlOf('administrator'), grantRights);
});

afterAll(async () => {
  const roles = ['owner', 'server', 'reports'].map((role) => `taskgate_${role}_${SUFFIX}`);
  await run(maintenanceUrl(), `DROP DATABASE taskgate_${SUFFIX} WITH (FORCE);\n`);
  await run(maintenanceUrl(), roles.map((role) => `DROP ROLE IF EXISTS ${role};\n`).join(''));
});

// The tests of this file run in their order: the first one finds a database without tables.
describe('the role that serves', () => {
  it('is told what to do while the tables are missing or are those of another version', async () => {
    const server = await openCli('server');
    const refused = (args: string[]) => server.run(args).then(({ code, stderr }) => ({ code, stderr }));
    const mustMigrate = {
      code: 1,
      stderr: expect.stringMatching(
        /^taskgate: The tables of the database postgres:\S+ are not those of this version, and its user may not change them; run taskgate migrate as the owner of the database\.\n$/,
      ),
    };
    const mustBeCreated = {
      code: 1,
      stderr: expect.stringMatching(
        /^taskgate: The database postgres:\S+ has no tables of taskgate, and its user may not create them; run taskgate migrate as the owner of the database\.\n$/,
      ),
    };
    for (const command of ['migrate', 'serve', 'work'])
      expect(await refused([command])).toEqual(mustBeCreated);
    expect(await (await openCli('owner')).run(['migrate'])).toMatchObject({
      code: 0,
      stderr: 'The tables were created.\n',
    });
    expect(await refused(['migrate'])).toEqual({ code: 0, stderr: 'The database is up to date.\n' });
    await run(urlOf('owner'), 'CREATE TABLE saved AS TABLE drizzle.__drizzle_migrations');
    await run(urlOf('owner'), 'DELETE FROM drizzle.__drizzle_migrations');
    expect(await refused(['tokens', 'list'])).toEqual(mustMigrate);
    await run(
      urlOf('owner'),
      'INSERT INTO drizzle.__drizzle_migrations SELECT * FROM saved;\nDROP TABLE saved',
    );
  });

  it('is told to use the owner to fill, freeze or unfreeze the database', async () => {
    const { run: taskgate } = await openCli('server');
    const { run: asOwner } = await openCli('owner');
    const refusal = (name: string, right: string) =>
      new RegExp(
        `^taskgate: The user of the database postgres:\\S+ of ${name} lacks a right that this command needs: ` +
          `${right}; use the URL of the owner of the database\\.\n$`,
      );
    const source = join(mkdtempSync(join(tmpdir(), 'taskgate-')), 'tasks.db');
    onTestFinished(() => rmSync(dirname(source), { recursive: true }));
    const copy = await createTestGateway({ databaseUrl: source });
    await copy.store.close();
    expect(await runMigrateTo(source, urlOf('server'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(refusal('the target', 'permission denied for schema public')),
    });
    expect(await runMigrateTo(urlOf('server'), source, { verifyOnly: true, freeze: true })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(refusal('DATABASE_URL', 'permission denied for schema public')),
    });
    expect((await runMigrateTo(urlOf('owner'), source, { verifyOnly: true, freeze: true })).stderr).toContain(
      'The source is frozen',
    );
    expect(await taskgate(['unfreeze'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(refusal('DATABASE_URL', 'must be owner of .*')),
    });
    expect(await asOwner(['unfreeze'])).toMatchObject({ code: 0 });
  });

  it('creates, lists and executes Services tasks', async () => {
    const { app, store } = await createTestGateway({
      databaseUrl: urlOf('server'),
      actions: [{ ...logLinesAction, name: 'export' }],
    });
    onTestFinished(() => store.close());
    const headers = { ...(await asChain(store, CHAIN)), 'Content-Type': 'application/json' };
    const url = 'http://services.test/tasks';
    const body = JSON.stringify({
      ...{ chain: CHAIN, desc: 'x', trigger: { once: '2030-01-01T00:00:00Z' } },
      target: { action: 'export', export_index: 'users', export_format: 'csv' },
    });
    const created = await app.request(url, {
      method: 'POST',
      headers: { ...headers, 'Idempotency-Key': 'k' },
      body,
    });
    expect(created.status).toBe(201);
    const { id } = z.object({ id: z.int() }).parse(await created.json());
    const executed = await app.request(`${url}/${id}/execute`, { method: 'POST', headers });
    expect(await executed.json()).toMatchObject({ code: 'DONE' });
    await addServicesTasks(store, aServicesTask({ id: 90_000, chain: CHAIN }));
    while ((await store.index(1000)) > 0);
    const listed = await app.request(url, { headers });
    expect(listed.headers.get('x-total-count')).toBe('2');
    expect(await store.verify()).toEqual([]);
  });

  it('creates, searches and moves HDP tasks, and claims their webhooks', async () => {
    const { app, store } = await createTestGateway({ databaseUrl: urlOf('server') });
    onTestFinished(() => store.close());
    const [client, processor] = [await asKey(store, 'client'), await asKey(store, 'processor')];
    const post = async (path: string, headers: Record<string, string>, body: object) => {
      const response = await app.request(`http://hdp.test${path}`, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect(response.status).toBe(200);
      return response.json();
    };
    const task = { destination_chain_id: 1, input: {}, webhook_url: 'https://hooks.example/' };
    const { uuid } = accepted.parse(await post('/tasks', client, task));
    await post(`/tasks/${uuid}/transitions`, processor, { to_status: 'DryRunStarted' });
    await post(`/tasks/${uuid}/transitions`, processor, { to_status: 'DryRunFailed', error_message: 'x' });
    const due = await store.hdpWebhooks.listDue(undefined, 1);
    expect(await claimAll(store, due, 60_000)).toHaveLength(1);
    const found = await app.request(`http://hdp.test/tasks?hdp_tasks_search=${uuid}`);
    expect(await found.json()).toMatchObject({ pagination: { total: 1 } });
  });

  it('imports, checks, repairs, removes tasks and manages credentials', async () => {
    const { run: taskgate } = await openCli('server');
    const line = (id: number) => `${JSON.stringify(aServicesTask({ id, chain: CHAIN }))}\n`;
    for (const [args, stdin] of [
      [['import', 'services', '-'], line(91_001) + line(91_002)],
      [['import', 'services', '-', '--on-conflict', 'replace'], line(91_001)],
      [['tasks', 'remove', '91001']],
      [['simulate', '--once', '--tasks', '1', '--speed', '1000000']],
      [['tokens', 'create', '--chain', '9']],
      [['admins', 'grant', '--user', '1', '--chain', '9', '--level', 'READ']],
      [['sessions', 'create', '--user', '1']],
      [['check']],
      [['check', '--repair']],
      [['seed', '--force']],
    ] as [string[], string?][]) {
      expect({ args, ...(await taskgate(args, stdin)) }).toMatchObject({ args, code: 0 });
    }
  });

  it('is told which right is missing if a command needs another one', async () => {
    const { run: taskgate } = await openCli('server');
    await run(urlOf('owner'), `REVOKE SELECT ON access_tokens FROM taskgate_server_${SUFFIX}`);
    expect(await taskgate(['tokens', 'list'])).toMatchObject({
      code: 1,
      stderr:
        'taskgate: The user of the database lacks a right that this command needs: permission denied for table ' +
        'access_tokens; use the URL of the owner of the database.\n',
    });
    await run(urlOf('owner'), `GRANT SELECT ON access_tokens TO taskgate_server_${SUFFIX}`);
  });

  it('cannot create, alter, empty or drop anything', async () => {
    const connection = await openRawConnection(urlOf('server'));
    onTestFinished(() => connection.close());
    for (const statement of [
      'CREATE TABLE another (x int)',
      'CREATE TEMP TABLE another (x int)',
      'CREATE SCHEMA another',
      'CREATE EXTENSION pgcrypto',
      'CREATE FUNCTION another() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
      'ALTER TABLE services_tasks ADD COLUMN another int',
      'ALTER TABLE services_tasks DISABLE TRIGGER ALL',
      'TRUNCATE services_tasks CASCADE',
      'DROP TABLE services_tasks',
      'DROP SCHEMA drizzle CASCADE',
      'DELETE FROM drizzle.__drizzle_migrations',
      `DROP DATABASE taskgate_${SUFFIX}`,
      `SET ROLE taskgate_owner_${SUFFIX}`,
    ]) {
      const result = connection.rows(statement).then(
        () => 'done',
        (error: pg.DatabaseError) => error.code,
      );
      expect([statement, await result]).toEqual([statement, '42501']);
    }
  });

  it('may use the tables that a later migration creates', async () => {
    await run(urlOf('owner'), 'CREATE TABLE later (id bigint GENERATED BY DEFAULT AS IDENTITY, x int)');
    await run(
      urlOf('server'),
      'INSERT INTO later (x) VALUES (1);\nUPDATE later SET x = 2;\nDELETE FROM later',
    );
    await run(urlOf('owner'), 'DROP TABLE later');
  });
});

describe('the role for reports', () => {
  it('reads tasks, and no credentials, and writes nothing', async () => {
    await run(urlOf('administrator'), grantReports);
    await run(urlOf('reports'), 'SELECT * FROM services_tasks, hdp_tasks, hdp_transitions, services_logs');
    for (const statement of [
      'SELECT * FROM access_tokens',
      'SELECT * FROM server_secrets',
      'SELECT * FROM hdp_webhooks',
      'DELETE FROM services_tasks',
      'CREATE TABLE another (x int)',
    ])
      await expect(run(urlOf('reports'), statement)).rejects.toThrow('permission denied');
  });
});

describe('the script of the example', () => {
  it('has the statements of the page, with other passwords', () => {
    const script = readPage('docs/examples/postgresql/roles.sh');
    const statements = shown.slice(0, 2).join('\\connect taskgate\n');
    expect(script).toContain(
      statements
        .replace("'the password of the owner'", ":'owner'")
        .replace("'the password of the servers'", ":'server'"),
    );
  });
});

describe('the grants for existing tables', () => {
  it('give a role the same rights as the default privileges', async () => {
    const rights = () =>
      openRawConnection(urlOf('administrator')).then(async (connection) => {
        const rows = await connection.rows(
          `SELECT relname, string_agg(privilege_type, ' ' ORDER BY privilege_type)
           FROM pg_class, aclexplode(relacl) AS right_of
           WHERE right_of.grantee = 'taskgate_server_${SUFFIX}'::regrole GROUP BY relname ORDER BY relname`,
        );
        await connection.close();
        return rows;
      });
    const before = await rights();
    expect(before.length).toBeGreaterThan(20);
    const server = `taskgate_server_${SUFFIX}`;
    for (const schema of ['public', 'drizzle'])
      for (const kind of ['TABLES', 'SEQUENCES'])
        await run(urlOf('administrator'), `REVOKE ALL ON ALL ${kind} IN SCHEMA ${schema} FROM ${server}`);
    expect(await rights()).not.toEqual(before);
    await run(urlOf('administrator'), grantOfExisting);
    expect(await rights()).toEqual(before);
  });
});
