/** A server whose disk is full refuses statements with SQLSTATE 53100. It still answers reads. */
import { expect, it } from 'vitest';
import { asChain, asKey, createTestGateway } from '../../support/gateway.ts';
import { takePostgresDatabase } from '../../support/postgres-databases.ts';
import { openRawConnection } from '../../support/raw-connection.ts';

const CHAIN = 1764;
const TABLES = ['services_tasks', 'hdp_tasks'];

const BODIES = {
  services: {
    ...{ chain: CHAIN, desc: 'x', trigger: { once: '2030-01-01T00:00:00Z' } },
    target: { action: 'export', export_index: 'users', export_format: 'csv' },
  },
  hdp: { destination_chain_id: '0xaa36a7', input: {} },
};

const FULL_DISK = `CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN RAISE EXCEPTION 'could not extend file "base/1": No space left on device' USING ERRCODE = 'disk_full'; END
$$`;

it.each([
  ['while they are written', (table: string) => `CREATE TRIGGER full_disk BEFORE INSERT ON ${table}`],
  [
    'at their commit',
    (table: string) =>
      `CREATE CONSTRAINT TRIGGER full_disk AFTER INSERT ON ${table} DEFERRABLE INITIALLY DEFERRED`,
  ],
])('new tasks are refused with 503 %s, and each acknowledged one remains', async (_, trigger) => {
  const { url } = await takePostgresDatabase();
  const { app, store, logLines } = await createTestGateway({ databaseUrl: url });
  const [services, hdp] = [await asChain(store, CHAIN), await asKey(store, 'client')];
  const credentials = { services, hdp };
  const raw = await openRawConnection(url);
  const post = (api: keyof typeof BODIES, key: string) =>
    app.request(`http://${api}.test/tasks`, {
      method: 'POST',
      headers: { ...credentials[api], 'Content-Type': 'application/json', 'Idempotency-Key': key },
      body: JSON.stringify(BODIES[api]),
    });
  const totals = async () => {
    const list = await app.request('http://services.test/tasks', { headers: services });
    const { total } = await store.hdpTasks.list('', { limit: 1, offset: 0 });
    return [Number(list.headers.get('x-total-count')), total];
  };

  for (const api of ['services', 'hdp'] as const) expect((await post(api, 'first')).ok).toBe(true);
  await raw.exec(FULL_DISK);
  for (const table of TABLES) await raw.exec(`${trigger(table)} FOR EACH ROW EXECUTE FUNCTION full_disk()`);
  for (const api of ['services', 'hdp'] as const) {
    const response = await post(api, 'second');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await response.text()).not.toContain('No space left');
  }
  expect(logLines.join('')).toContain('No space left on device');
  expect(await totals()).toEqual([1, 1]);
  await raw.exec('DROP FUNCTION full_disk CASCADE');
  // The refused requests left nothing, so the same keys create the tasks now.
  for (const api of ['services', 'hdp'] as const) expect((await post(api, 'second')).ok).toBe(true);
  expect(await totals()).toEqual([2, 2]);
  expect(await store.verify()).toEqual([]);
  await raw.close();
  await store.close();
});
