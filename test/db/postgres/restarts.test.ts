/** A real server process under load, on a PostgreSQL server that stops, refuses connections or refuses writes. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { connectTo, createDatabaseOn, startLoadedServer } from '../../support/postgres-load.ts';
import { type PostgresProcess, startPostgresProcess } from '../../support/postgres-process.ts';

let postgres: PostgresProcess;

beforeAll(async () => {
  // An acknowledged task must survive a crash of the server.
  postgres = await startPostgresProcess({ settings: { synchronous_commit: 'on' } });
});
afterAll(() => postgres.remove());

/** Creates a role that is no superuser, and a database that it owns. */
async function createRole() {
  const administration = await connectTo(`${postgres.url}/postgres`);
  await administration.rows("CREATE ROLE app LOGIN PASSWORD 'hush'").catch(() => {});
  const databaseUrl = await createDatabaseOn(postgres.url, 'app');
  const url = Object.assign(new URL(databaseUrl), { username: 'app', password: 'hush' }).href;
  return { administration, url };
}

const endConnections = (database: string) => `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = '${database}' AND application_name = 'taskgate'`;

const UNHEALTHY = {
  status: 503,
  body: { status: 'unhealthy', database: 'unavailable', queues: 'unavailable' },
};
const HEALTHY = {
  status: 200,
  body: { status: 'healthy', database: 'operational', queues: 'operational' },
};

describe('a PostgreSQL server that stops and starts again', () => {
  it.each(['fast', 'immediate'] as const)(
    'is reported by 503, loses no acknowledged task, and is used again at once: mode %s',
    async (mode) => {
      const loaded = await startLoadedServer(await createDatabaseOn(postgres.url));
      for (let restart = 0; restart < 2; restart += 1) {
        await loaded.acknowledgeMore(50);
        await postgres.stop(mode);
        await loaded.refuseMore(20);
        expect(await loaded.health()).toEqual(UNHEALTHY);
        await postgres.start();
        await loaded.acknowledgeMore(50);
        expect(await loaded.health()).toEqual(HEALTHY);
      }
      await loaded.finish();
    },
  );
});

describe('a PostgreSQL server that has no connection free', () => {
  it('is reported by 503, and is used again when it has one', async () => {
    const { administration, url } = await createRole();
    const loaded = await startLoadedServer(url);
    await loaded.acknowledgeMore(20);
    await administration.rows('ALTER ROLE app CONNECTION LIMIT 0');
    await administration.rows(endConnections(new URL(url).pathname.slice(1)));
    await loaded.refuseMore(20);
    expect(await loaded.health()).toEqual(UNHEALTHY);
    await administration.rows('ALTER ROLE app CONNECTION LIMIT -1');
    await loaded.acknowledgeMore(20);
    await loaded.finish();
  });
});

describe('a PostgreSQL server that accepts no writes', () => {
  it('is reported by 503 for writes, and its connections are replaced, as after a fail-over', async () => {
    const { administration, url } = await createRole();
    const database = new URL(url).pathname.slice(1);
    const loaded = await startLoadedServer(url);
    await loaded.acknowledgeMore(20);
    await administration.rows(`ALTER DATABASE ${database} SET default_transaction_read_only = on`);
    // The setting counts for new connections.
    await administration.rows(endConnections(database));
    await loaded.refuseMore(20);
    expect((await loaded.health()).status).toBe(200);
    // Only connections that are opened from now on can write.
    await administration.rows(`ALTER DATABASE ${database} RESET default_transaction_read_only`);
    const isQuiet = async () => {
      const before = loaded.refused();
      await loaded.acknowledgeMore(100);
      return loaded.refused() === before;
    };
    await vi.waitUntil(isQuiet, { timeout: 20_000 });
    await loaded.finish();
  });
});

describe('a statement that takes longer than the limit', () => {
  it.each([
    ['statement_timeout', 'statement_timeout=200'],
    ['lock_timeout', 'options=-c%20lock_timeout%3D200'],
  ])('is reported by 503, and nothing of its request is written: %s', async (_, parameter) => {
    const databaseUrl = await createDatabaseOn(postgres.url);
    const loaded = await startLoadedServer(databaseUrl, `${databaseUrl}?${parameter}`);
    await loaded.acknowledgeMore(20);
    const connection = await connectTo(databaseUrl);
    await connection.rows('BEGIN');
    await connection.rows('LOCK TABLE services_tasks IN EXCLUSIVE MODE');
    await loaded.refuseMore(10);
    const [before] = await connection.rows<{ count: number }>('SELECT count(*) FROM services_tasks');
    const atLeast = loaded.acknowledged();
    await loaded.refuseMore(10);
    expect(await connection.rows('SELECT count(*) FROM services_tasks')).toEqual([before]);
    expect(loaded.acknowledged()).toBe(atLeast);
    await connection.rows('COMMIT');
    await loaded.acknowledgeMore(20);
    await loaded.finish();
    expect(await connection.rows('SELECT count(*) FROM services_tasks')).toEqual([
      { count: loaded.acknowledged() },
    ]);
  });
});
