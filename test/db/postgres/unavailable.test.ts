/** A database whose connections end, or that cannot be reached. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DatabaseError, openStore } from '../../../src/db/open.ts';
import { asChain, createTestGateway } from '../../support/gateway.ts';
import { takePostgresDatabase } from '../../support/postgres-databases.ts';
import { openRawConnection } from '../../support/raw-connection.ts';

const CHAIN = 1764;

const NEW_TASK = JSON.stringify({
  ...{ chain: CHAIN, desc: 'x', trigger: { once: '2030-01-01T00:00:00Z' } },
  target: { action: 'export', export_index: 'users', export_format: 'csv' },
});

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
});
