/** A database whose connections end, or that cannot be reached. */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, inject, it, vi } from 'vitest';
import { z } from 'zod';
import { watchAbandonedImports } from '../../../src/db/abandoned-imports.ts';
import { DatabaseError, openStore } from '../../../src/db/open.ts';
import { parseHdpTask } from '../../../src/ndjson/task-lines.ts';
import { asChain, createTestGateway } from '../../support/gateway.ts';
import { takePostgresDatabase } from '../../support/postgres-databases.ts';
import { openRawConnection } from '../../support/raw-connection.ts';
import { anHdpTask } from '../../support/tasks.ts';

const CHAIN = 1764;

const NEW_TASK = JSON.stringify({
  ...{ chain: CHAIN, desc: 'x', trigger: { once: '2030-01-01T00:00:00Z' } },
  target: { action: 'export', export_index: 'users', export_format: 'csv' },
});

/** Creates a database that `statements` change. @returns its URL */
async function createEmptyDatabase(statements: string): Promise<string> {
  const server = new URL(inject('postgresUrl'));
  const name = `empty_${randomUUID().replaceAll('-', '')}`;
  const administration = await openRawConnection(
    Object.assign(new URL(server), { pathname: '/postgres' }).href,
  );
  await administration.rows(`CREATE DATABASE ${name}`);
  await administration.close();
  const url = Object.assign(server, { pathname: `/${name}` }).href;
  const connection = await openRawConnection(url);
  await connection.rows(statements);
  await connection.close();
  return url;
}

const created = z.object({ id: z.int() });

const END_CONNECTIONS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'taskgate' AND pid <> pg_backend_pid()`;

describe('a database whose connections are ended', () => {
  it('answers 503, loses no acknowledged task, and serves again at once', async () => {
    const { url } = await takePostgresDatabase();
    const { app, store } = await createTestGateway({ databaseUrl: url });
    const headers = { ...(await asChain(store, CHAIN)), 'Content-Type': 'application/json' };
    const connection = await openRawConnection(url);
    const post = () => app.request('http://services.test/tasks', { method: 'POST', headers, body: NEW_TASK });
    const acknowledged: number[] = [];
    const statuses = new Set<number>();
    const client = async () => {
      for (let n = 0; n < 40; n += 1) {
        const response = await post();
        statuses.add(response.status);
        if (response.status === 503) expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
        if (response.status === 201) acknowledged.push(created.parse(await response.json()).id);
      }
    };
    const clients = Promise.all([client(), client(), client(), client()]);
    for (let n = 0; n < 8; n += 1) await connection.rows(END_CONNECTIONS);
    await clients;
    expect([...statuses].sort()).toEqual([201, 503]);
    expect((await post()).status).toBe(201);
    const { rows, total } = await store.servicesTasks.list(CHAIN, {}, { limit: 1000, offset: 0 });
    expect(total).toBe(rows.length);
    const ids = new Set(rows.map(({ id }) => id));
    expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
    expect(await store.verify()).toEqual([]);
    await connection.close();
    await store.close();
  });
});

describe('a database that cannot be reached', () => {
  it('is reported by 503 with Retry-After, without its address or password', async () => {
    const { app, store } = await createTestGateway();
    await store.close();
    for (const url of [
      'http://hdp.test/tasks',
      'http://hdp.test/is-alive',
      'http://hdp.test/tasks?hdp_tasks_search=a',
    ]) {
      const response = await app.request(url);
      expect(response.status).toBe(503);
      expect(await response.text()).not.toMatch(/postgres|127\.0\.0\.1|password/);
    }
  });
});

describe('a statement that waits for another transaction', () => {
  it('does not keep the store from closing', async () => {
    const { url } = await takePostgresDatabase();
    const store = openStore(url);
    const connection = await openRawConnection(url);
    await connection.rows('BEGIN');
    await connection.rows('LOCK TABLE hdp_tasks IN ACCESS EXCLUSIVE MODE');
    const refused = expect(store.hdpTasks.list('', { limit: 1, offset: 0 })).rejects.toThrow(
      'Connection terminated',
    );
    const late = setTimeout(15_000, 'late', { ref: false });
    expect(await Promise.race([store.close(), late])).toBeUndefined();
    await refused;
    await connection.rows('ROLLBACK');
    await connection.close();
  });

  it('does not keep a server from stopping that removes the tasks of an import', async () => {
    const { url } = await takePostgresDatabase();
    const store = openStore(url);
    const tasks = store.imports.hdp({ isAtomic: true, onConflict: 'error' });
    await tasks.addBatch([parseHdpTask(JSON.stringify(anHdpTask()))], false);
    const connection = await openRawConnection(url);
    await connection.exec('UPDATE imports SET until = 1');
    await connection.rows('BEGIN');
    await connection.rows('LOCK TABLE hdp_tasks IN ACCESS EXCLUSIVE MODE');
    const watch = watchAbandonedImports(store, pino({ level: 'silent' }));
    const waiting =
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    await vi.waitUntil(async () => (await connection.rows(waiting)).length > 0, { timeout: 10_000 });
    const late = setTimeout(15_000, 'late', { ref: false });
    expect(await Promise.race([watch.stop().then(store.close), late])).toBeUndefined();
    await connection.rows('ROLLBACK');
    expect(await connection.rows('SELECT count(*) FROM hdp_tasks')).toEqual([{ count: 1 }]);
    await connection.close();
  });
});

describe('a URL that the server refuses', () => {
  it.each([
    [
      'a wrong password',
      (url: URL) => Object.assign(url, { password: 'hush' }),
      'password authentication failed',
    ],
    [
      'an unknown database',
      (url: URL) => Object.assign(url, { pathname: '/none' }),
      'database "none" does not exist',
    ],
  ])('is named without its password: %s', async (_, change, reason) => {
    const url = change(new URL((await takePostgresDatabase()).url)).href;
    const store = openStore(url);
    const refused = store.migrate();
    await expect(refused).rejects.toThrow(DatabaseError);
    await expect(refused).rejects.toThrow(
      /^The database postgres:\/\/postgres:\*\*\*@127\.0\.0\.1:\d+\/\w+ of DATABASE_URL cannot be used: /,
    );
    await expect(refused).rejects.toThrow(reason);
    await store.close();
  });

  it('is named if it names a certificate that cannot be read', async () => {
    const { url } = await takePostgresDatabase();
    const store = openStore(`${url}?sslrootcert=/missing.pem`);
    await expect(store.migrate()).rejects.toThrow(
      /^The database .+ cannot be used: ENOENT: .+missing\.pem'\.$/,
    );
    await store.close();
  });
});

describe('the tables of another program', () => {
  it.each([
    ['a table', 'CREATE TABLE users (id int)'],
    [
      'a table of migrations of another tool',
      'CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id int)',
    ],
    [
      'a table of migrations',
      'CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (created_at bigint); INSERT INTO drizzle.__drizzle_migrations VALUES (1)',
    ],
  ])('stay as they are: %s', async (_, statements) => {
    const url = await createEmptyDatabase(statements);
    const store = openStore(url);
    await expect(store.migrate()).rejects.toThrow(/ has tables of another program, and was not changed; /);
    await store.close();
    const connection = await openRawConnection(url);
    expect(await connection.rows("SELECT to_regclass('hdp_tasks') AS name")).toEqual([{ name: null }]);
    await connection.close();
  });

  it('are not created by a command that needs an existing database', async () => {
    const url = await createEmptyDatabase('SELECT 1');
    const store = openStore(url, { mustExist: true });
    await expect(store.migrate()).rejects.toThrow(/ has no tables of taskgate; /);
    await store.close();
  });
});
