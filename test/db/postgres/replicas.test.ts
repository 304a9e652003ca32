/** Lists and searches on a real streaming replica. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore, type Store } from '../../../src/db/open.ts';
import { addHdpTasks, addServicesTasks } from '../../support/gateway.ts';
import { type PostgresProcess, startPostgresProcess } from '../../support/postgres-process.ts';
import { PRIMARY_SETTINGS, startReplica } from '../../support/postgres-replica.ts';
import { openRawConnection, type RawConnection } from '../../support/raw-connection.ts';
import { anHdpTask, aServicesTask } from '../../support/tasks.ts';

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

const listIds = async (chain = CHAIN) =>
  (await store.servicesTasks.list(chain, {}, ALL)).rows.map(({ id }) => id);

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

  it('reads a list on the primary while the replica does not replay its changes, other lists on the replica', async () => {
    store = openWithReplicas(databaseOf(replica));
    await addServicesTasks(
      store,
      aServicesTask({ id: 3001, chain: 3 }),
      aServicesTask({ id: 4001, chain: 4 }),
    );
    await expect.poll(() => isListOnReplica(3), TIMEOUT).toBe(true);
    await expect.poll(() => isListOnReplica(4), TIMEOUT).toBe(true);
    await onReplica.rows('SELECT pg_wal_replay_pause()');
    await expect
      .poll(() => onReplica.rows('SELECT pg_get_wal_replay_pause_state() AS state'), TIMEOUT)
      .toEqual([{ state: 'paused' }]);
    await addServicesTasks(store, aServicesTask({ id: 3002, chain: 3 }));
    expect(await readAndLocate(() => listIds(3))).toEqual({ result: [3001, 3002], isOnReplica: false });
    // Once its pause after a check is over.
    await expect.poll(() => isListOnReplica(4), TIMEOUT).toBe(true);
    await onReplica.rows('SELECT pg_wal_replay_resume()');
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

  it('does not read on a replica that was promoted', async () => {
    store = openWithReplicas(databaseOf(replica));
    await expect.poll(() => isListOnReplica(), TIMEOUT).toBe(true);
    await onReplica.rows('SELECT pg_promote()');
    expect(await readAndLocate(() => listIds())).toEqual({ result: [1], isOnReplica: false });
    expect(warnings).toHaveLength(1);
    await store.close();
  });
});
