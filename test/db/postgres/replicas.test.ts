/** Lists and searches on a real streaming replica. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { openStore, type Store } from '../../../src/db/open.ts';
import { createPool } from '../../../src/db/postgres/connection.ts';
import { createReplicas } from '../../../src/db/postgres/replicas.ts';
import { createVersions, type ReplicaNeeds } from '../../../src/db/postgres/versions.ts';
import { createGateway } from '../../../src/gateway.ts';
import { addHdpTasks, addServicesTasks, asChain } from '../../support/gateway.ts';
import { type PostgresProcess, startPostgresProcess } from '../../support/postgres-process.ts';
import { PRIMARY_SETTINGS, startReplica } from '../../support/postgres-replica.ts';
import { openRawConnection, type RawConnection } from '../../support/raw-connection.ts';
import { anHdpTask, aServicesTask, ulid } from '../../support/tasks.ts';

const CHAIN = 1764;
const ALL = { limit: 1000, offset: 0 };
const TIMEOUT = { timeout: 15_000 };

let primary: PostgresProcess;
let replica: PostgresProcess;
/** Looks into the replica. */
let onReplica: RawConnection;
let store: Store;
let warnings: string[];

const databaseOf = (server: PostgresProcess) => `${server.url}/tasks`;

/** Opens a store on the primary that reads lists on other servers. */
const openWithReplicas = (...databaseReplicaUrls: string[]): Store =>
  openStore(databaseOf(primary), {
    databaseReplicaUrls,
    onWarning: (message) => {
      warnings.push(message);
    },
  });

beforeAll(async () => {
  primary = await startPostgresProcess({ settings: PRIMARY_SETTINGS });
  const administration = await openRawConnection(`${primary.url}/postgres`);
  await administration.rows('CREATE DATABASE tasks');
  await administration.close();
  const first = openStore(databaseOf(primary));
  await first.migrate();
  await first.close();
  replica = await startReplica(primary);
  onReplica = await openRawConnection(databaseOf(replica));
}, 60_000);

beforeEach(() => {
  warnings = [];
});

afterAll(async () => {
  await onReplica?.close().catch(() => undefined);
  await replica?.remove();
  await primary?.remove();
});

/** Returns when a list was last read on the replica; null if all connections have run another statement since. */
async function lastReadOnReplica(): Promise<string | null> {
  const [last] = await onReplica.rows<{ at: string | null }>(
    `SELECT max(query_start)::text AS at FROM pg_stat_activity
     WHERE application_name = 'taskgate' AND query LIKE '%FROM list_blocks%' AND pid <> pg_backend_pid()`,
  );
  return last?.at ?? null;
}

/** Returns the result of `read`, and whether the replica has answered. */
async function readAndLocate<T>(read: () => Promise<T>): Promise<{ result: T; isOnReplica: boolean }> {
  const before = await lastReadOnReplica();
  const result = await read();
  const after = await lastReadOnReplica();
  return { result, isOnReplica: after !== null && after !== before };
}

/** Returns what a replica must have now. */
async function currentNeeds(): Promise<ReplicaNeeds> {
  const pool = createPool(databaseOf(primary));
  const versions = createVersions(pool);
  await versions.confirm([]);
  await pool.close();
  const needs = versions.replicaNeeds([]);
  if (!needs) throw new Error('The position is unknown.');
  return needs;
}

const resumeReplay = () => onReplica.rows('SELECT pg_wal_replay_resume()');

/** Replays each commit this much later than it was made, until the test ends. */
async function delayReplay(delay: string): Promise<void> {
  const set = async (value: string) => {
    await onReplica.rows(`ALTER SYSTEM SET recovery_min_apply_delay = '${value}'`);
    await onReplica.rows('SELECT pg_reload_conf()');
  };
  await set(delay);
  onTestFinished(() => set('0'));
}

async function pauseReplay(): Promise<void> {
  await onReplica.rows('SELECT pg_wal_replay_pause()');
  onTestFinished(async () => void (await resumeReplay().catch(() => undefined)));
  await expect
    .poll(() => onReplica.rows('SELECT pg_get_wal_replay_pause_state() AS state'), TIMEOUT)
    .toEqual([{ state: 'paused' }]);
}

const listIds = async (chain = CHAIN) =>
  (await store.servicesTasks.list(chain, {}, ALL)).rows.map(({ id }) => id);

const paginated = z.object({ pagination: z.object({ total: z.int() }) });

const isListOnReplica = async (chain = CHAIN) => (await readAndLocate(() => listIds(chain))).isOnReplica;

describe('a store with a replica', () => {
  it('reads lists and searches on the replica once it has replayed the tasks', async () => {
    store = openWithReplicas(databaseOf(replica));
    await addServicesTasks(store, aServicesTask({ id: 1, chain: CHAIN }));
    await addHdpTasks(store, anHdpTask({ programName: 'needle' }));
    await expect.poll(() => isListOnReplica(), TIMEOUT).toBe(true);
    expect(await listIds()).toEqual([1]);
    const search = await readAndLocate(() => store.hdpTasks.list('', ALL));
    expect(search.result.total).toBe(1);
    expect((await store.hdpTasks.list('needle', ALL)).total).toBe(1);
    expect((await store.hdpTasks.list('absent', ALL)).total).toBe(0);
    expect(warnings).toEqual([]);
    await store.close();
  });

  it('is never behind an acknowledged task, whichever server answers', async () => {
    store = openWithReplicas(databaseOf(replica));
    const chain = 2;
    let acknowledged = 0;
    const write = async () => {
      for (let n = 1; n <= 150; n += 1) {
        await addServicesTasks(store, aServicesTask({ id: 1000 + n, chain }));
        acknowledged = n;
      }
    };
    let onReplicaCount = 0;
    const read = async () => {
      while (acknowledged < 150) {
        const least = acknowledged;
        const { total, rows } = await store.servicesTasks.list(chain, {}, ALL);
        expect(total).toBeGreaterThanOrEqual(least);
        expect(rows).toHaveLength(total);
      }
    };
    const watch = async () => {
      while (acknowledged < 150) if (await isListOnReplica(chain)) onReplicaCount += 1;
    };
    await Promise.all([write(), read(), read(), watch()]);
    expect(onReplicaCount).toBeGreaterThan(0);
    await store.close();
  });

  it('lets no response of a gateway be older than a task that another process has added', async () => {
    const [hdp, services, chain] = ['localhost', '127.0.0.1', 6];
    const gateway = await createGateway({
      ...{ databaseUrl: databaseOf(primary), databaseReplicaUrls: [databaseOf(replica)], runTasks: false },
      ...{ servicesHosts: [services], hdpHosts: [hdp] },
    });
    const { port } = await gateway.listen();
    const writer = openStore(databaseOf(primary));
    const headers = await asChain(writer, chain);
    const get = async (host: string, path: string) => {
      const response = await fetch(`http://${host}:${port}${path}`, { headers: host === hdp ? {} : headers });
      expect(response.status).toBe(200);
      return response;
    };
    const hdpTotal = async (path: string) =>
      paginated.parse(await (await get(hdp, path)).json()).pagination.total;
    const before = await hdpTotal('/tasks');
    const acknowledged = { services: 0, hdp: before };
    const TASKS = 60;
    const write = async () => {
      for (let n = 1; n <= TASKS; n += 1) {
        await addServicesTasks(writer, aServicesTask({ id: 6000 + n, chain }));
        acknowledged.services = n;
        await addHdpTasks(writer, anHdpTask({ uuid: ulid(6000 + n), programName: 'fresh' }));
        acknowledged.hdp = before + n;
      }
    };
    const read = async () => {
      while (acknowledged.hdp < before + TASKS) {
        const least = { ...acknowledged };
        const list = await get(services, '/tasks?limit=1');
        expect(Number(list.headers.get('x-total-count'))).toBeGreaterThanOrEqual(least.services);
        expect(await hdpTotal('/tasks')).toBeGreaterThanOrEqual(least.hdp);
        expect(await hdpTotal('/tasks?hdp_tasks_search=FRESH')).toBeGreaterThanOrEqual(least.hdp - before);
      }
    };
    // Longer than a check takes, so that a replica that is not asked would be behind.
    await delayReplay('4ms');
    await Promise.all([write(), read(), read(), read()]);
    let limit = 1;
    const readAgain = () => {
      limit += 1;
      return get(services, `/tasks?limit=${limit}`);
    };
    await expect.poll(async () => (await readAndLocate(readAgain)).isOnReplica, TIMEOUT).toBe(true);
    await writer.close();
    await gateway.close();
  });

  it('reads a list on the primary while the replica does not replay its changes, other lists on the replica', async () => {
    store = openWithReplicas(databaseOf(replica));
    await addServicesTasks(
      store,
      aServicesTask({ id: 3001, chain: 3 }),
      aServicesTask({ id: 4001, chain: 4 }),
    );
    await expect.poll(() => isListOnReplica(3), TIMEOUT).toBe(true);
    await expect.poll(() => isListOnReplica(4), TIMEOUT).toBe(true);
    await pauseReplay();
    await addServicesTasks(store, aServicesTask({ id: 3002, chain: 3 }));
    expect(await readAndLocate(() => listIds(3))).toEqual({ result: [3001, 3002], isOnReplica: false });
    // Once its pause after a check is over.
    await expect.poll(() => isListOnReplica(4), TIMEOUT).toBe(true);
    await resumeReplay();
    await expect.poll(() => isListOnReplica(3), TIMEOUT).toBe(true);
    expect(await listIds(3)).toEqual([3001, 3002]);
    expect(warnings).toEqual([]);
    await store.close();
  });

  it('reads on the primary while the replica is killed, and on the replica when it runs again', async () => {
    store = openWithReplicas(databaseOf(replica));
    await expect.poll(() => isListOnReplica(), TIMEOUT).toBe(true);
    await onReplica.close();
    await replica.stop('immediate');
    for (let n = 0; n < 20; n += 1) expect(await listIds()).toEqual([1]);
    expect(warnings).toEqual([expect.stringMatching(/^The replica postgres:.* is not used: /)]);
    expect(warnings.join()).not.toContain(new URL(primary.url).password);
    await replica.start();
    onReplica = await openRawConnection(databaseOf(replica));
    await expect.poll(() => isListOnReplica(), TIMEOUT).toBe(true);
    expect(warnings).toHaveLength(2);
    expect(warnings[1]).toMatch(/ is used again\.$/);
    await store.close();
  });

  it('reads on the primary what takes too long on the replica, and goes on reading there', async () => {
    store = openWithReplicas(databaseOf(replica));
    await expect.poll(() => isListOnReplica(), TIMEOUT).toBe(true);
    const locking = await openRawConnection(databaseOf(primary));
    await locking.rows(
      'BEGIN; LOCK TABLE services_tasks IN ACCESS EXCLUSIVE MODE; CREATE TABLE other (id int)',
    );
    // The log of the lock is sent with the next commit.
    await addHdpTasks(store, anHdpTask());
    await expect
      .poll(
        () =>
          onReplica.rows(
            "SELECT mode FROM pg_locks WHERE relation = 'services_tasks'::regclass AND mode = 'AccessExclusiveLock'",
          ),
        TIMEOUT,
      )
      .toHaveLength(1);
    const isSearchOnReplica = async () =>
      (await readAndLocate(() => store.hdpTasks.list('', ALL))).isOnReplica;
    await expect.poll(isSearchOnReplica, TIMEOUT).toBe(true);
    await pauseReplay();
    await locking.rows('ROLLBACK');
    expect(await listIds()).toEqual([1]);
    expect(await isSearchOnReplica()).toBe(true);
    expect(warnings).toEqual([]);
    await resumeReplay();
    await locking.close();
    await store.close();
  });

  it('reads on the primary while all connections to the replica are in use', async () => {
    const needs = await currentNeeds();
    const replicas = createReplicas([databaseOf(replica)], {
      onWarning: (message) => void warnings.push(message),
    });
    const read = (work: () => Promise<unknown>) => replicas.read(needs, work);
    await expect.poll(() => read(async () => 'read'), TIMEOUT).toEqual({ result: 'read' });
    const held = Promise.withResolvers<void>();
    const reads = Array.from({ length: 10 }, () => read(() => held.promise));
    expect(await read(async () => 'read')).toBeUndefined();
    held.resolve();
    expect(await Promise.all(reads)).toEqual(Array(10).fill({ result: undefined }));
    expect(await read(async () => 'read')).toEqual({ result: 'read' });
    expect(warnings).toEqual([]);
    await replicas.close();
  });

  it('uses a replica again after another server has become the primary', async () => {
    const needs = await currentNeeds();
    const replicas = createReplicas([databaseOf(replica)]);
    const read = (replicated: string) => replicas.read({ ...needs, replicated }, async () => 'read');
    expect(await read('the former primary')).toBeUndefined();
    await expect.poll(() => read(needs.replicated), TIMEOUT).toEqual({ result: 'read' });
    await replicas.close();
  });

  it.each([
    ['the primary itself', () => databaseOf(primary)],
    ['another database of the replica', () => `${replica.url}/postgres`],
  ])('does not read on %s', async (_, url) => {
    store = openWithReplicas(url());
    for (let n = 0; n < 3; n += 1) expect(await listIds()).toEqual([1]);
    expect(warnings).toEqual([
      expect.stringMatching(/ is not used: It is no replica of the database of DATABASE_URL$/),
    ]);
    await store.close();
  });

  it('does not read on a replica that was promoted, nor on its own replicas', async () => {
    const cascaded = await startReplica(primary, replica);
    store = openWithReplicas(databaseOf(replica));
    await expect.poll(() => isListOnReplica(), TIMEOUT).toBe(true);
    await onReplica.rows('SELECT pg_promote()');
    expect(await readAndLocate(() => listIds())).toEqual({ result: [1], isOnReplica: false });
    expect(warnings).toHaveLength(1);
    await store.close();
    // The promoted server gets a task that the primary does not have.
    const promoted = openStore(databaseOf(replica));
    await addServicesTasks(promoted, aServicesTask({ id: 2, chain: CHAIN }));
    await promoted.close();
    const onCascaded = await openRawConnection(databaseOf(cascaded));
    await expect
      .poll(
        () => onCascaded.rows(`SELECT id FROM services_tasks WHERE chain = ${CHAIN} ORDER BY id`),
        TIMEOUT,
      )
      .toEqual([{ id: 1 }, { id: 2 }]);
    const listReads =
      "application_name = 'taskgate' AND query LIKE '%FROM list_blocks%' AND pid <> pg_backend_pid()";
    const readers = () => onCascaded.rows(`SELECT 1 FROM pg_stat_activity WHERE ${listReads}`);
    expect(await readers()).toEqual([]);
    // After a fail-over to the promoted server, it is a replica of the primary.
    const afterFailOver = openStore(databaseOf(replica), { databaseReplicaUrls: [databaseOf(cascaded)] });
    const readAndCount = async () => {
      await afterFailOver.servicesTasks.list(CHAIN, {}, ALL);
      return (await readers()).length;
    };
    await expect.poll(readAndCount, TIMEOUT).toBe(1);
    await afterFailOver.close();
    await onCascaded.close();
    store = openWithReplicas(databaseOf(cascaded));
    expect(await listIds()).toEqual([1]);
    expect(warnings.at(-1)).toMatch(/ is not used: It is no replica of the database of DATABASE_URL$/);
    await store.close();
    await cascaded.remove();
  });
});
