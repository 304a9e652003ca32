/** Complete copies from SQLite to PostgreSQL and back. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseServicesTask } from '../../../src/ndjson/task-lines.ts';
import { hdpQueries, servicesQueries, toQueryString } from '../../support/arbitraries.ts';
import { createDatabase, differingTables, runMigrateTo } from '../../support/copies.ts';
import { asAdmin, createTestGateway, type Gateway } from '../../support/gateway.ts';
import { openRawConnection } from '../../support/raw-connection.ts';
import { fillDatabase } from '../../support/rich-database.ts';
import { aServicesTask } from '../../support/tasks.ts';

let sqlite: string;
let postgres: string;
let remove: () => Promise<unknown>;

beforeAll(async () => {
  const [source, target] = [await createDatabase('sqlite'), await createDatabase('postgres')];
  ({ url: sqlite } = source);
  ({ url: postgres } = target);
  remove = () => Promise.all([source.remove(), target.remove()]);
  await fillDatabase(sqlite);
  const { store } = await createTestGateway({ databaseUrl: sqlite });
  await asAdmin(store, 77, 1764);
  for (const chain of CHAINS) await store.access.grant({ userId: 77, chain, level: 'WRITE' });
  for await (const tasks of store.servicesTasks.listAcrossChains())
    for (const { chain } of tasks) await store.access.grant({ userId: 77, chain, level: 'WRITE' });
  await store.close();
  expect(await runMigrateTo(sqlite, postgres)).toMatchObject({ code: 0, stderr: 'All tables are equal.\n' });
});

afterAll(() => remove());

const CHAINS = [1, 2, 3, 9, 1764, Number.MAX_SAFE_INTEGER];

const sessionOf = (chain: number) => ({
  'X-Spaaza-Session-User-Id': '77',
  'X-Spaaza-Session-Key': 'key-of-77',
  'X-Spaaza-Session-Chain-Id': String(chain),
});

interface Request {
  url: string;
  chain?: number;
}

/** A thousand lists, searches and details. */
async function randomRequests(gateway: Gateway): Promise<Request[]> {
  const hdp = fc.sample(hdpQueries, { seed: 1, numRuns: 350 });
  const services = fc.sample(fc.tuple(fc.constantFrom(...CHAINS), servicesQueries), {
    seed: 2,
    numRuns: 350,
  });
  const details: Request[] = [];
  for await (const tasks of gateway.store.servicesTasks.listAcrossChains())
    for (const { id, chain } of tasks) details.push({ url: `http://services.test/tasks/${id}`, chain });
  for await (const tasks of gateway.store.hdpTasks.listAll())
    for (const { uuid } of tasks)
      for (const path of ['status', 'details', 'state_transitions', 'mmrs'])
        details.push({ url: `http://hdp.test/tasks/${uuid}/${path}` });
  return [
    ...hdp.map((query) => ({ url: `http://hdp.test/tasks?${toQueryString(query)}` })),
    ...services.map(([chain, query]) => ({
      url: `http://services.test/tasks?${toQueryString(query)}`,
      chain,
    })),
    ...details,
  ];
}

async function responseTo(gateway: Gateway, { url, chain }: Request) {
  const headers = chain === undefined ? {} : sessionOf(chain);
  const response = await gateway.app.request(url, { headers });
  return {
    status: response.status,
    total: response.headers.get('x-total-count'),
    link: response.headers.get('link'),
    body: await response.text(),
  };
}

describe('a copy from SQLite to PostgreSQL', () => {
  it('gives the same bytes for a thousand random lists, searches and details', async () => {
    const gateways = await Promise.all(
      [sqlite, postgres].map((databaseUrl) => createTestGateway({ databaseUrl })),
    );
    const [ofSqlite, ofPostgres] = gateways;
    if (!ofSqlite || !ofPostgres) throw new Error('There are two databases.');
    const statuses = new Map<number, number>();
    const requests = await randomRequests(ofSqlite);
    expect(requests.length).toBeGreaterThanOrEqual(1000);
    for (const request of requests) {
      const expected = await responseTo(ofSqlite, request);
      expect(await responseTo(ofPostgres, request), request.url).toEqual(expected);
      statuses.set(expected.status, (statuses.get(expected.status) ?? 0) + 1);
    }
    expect([...statuses.keys()]).toEqual([200]);
    for (const { store } of gateways) {
      expect(await store.verify()).toEqual([]);
      await store.close();
    }
  });

  it('continues the ids', async () => {
    const { trigger, target } = { trigger: { once: '2026-06-01T12:00:00Z' }, target: { action: 'x' } };
    const created: unknown[] = [];
    for (const databaseUrl of [sqlite, postgres]) {
      const { app, store } = await createTestGateway({ databaseUrl });
      const response = await app.request('http://services.test/tasks', {
        method: 'POST',
        headers: { ...sessionOf(9), 'Content-Type': 'application/json' },
        body: JSON.stringify({ chain: 9, desc: '', trigger, target }),
      });
      created.push(await response.json());
      await store.close();
    }
    expect(created[0]).toMatchObject({ id: 2 ** 51 + 2 });
    expect(created[1]).toEqual(created[0]);
  });

  it('leaves nothing of itself in the target', async () => {
    const raw = await openRawConnection(postgres);
    expect(await raw.rows("SELECT to_regclass('copy_progress') AS progress")).toEqual([{ progress: null }]);
    await raw.close();
  });

  it('refuses a target that has rows, and itself', async () => {
    expect(await runMigrateTo(sqlite, postgres)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^taskgate: The target postgres:\/\/[\w.]+:\d+\/\w+ is not empty: api_keys has rows; choose an empty .*\n$/,
      ),
    });
    expect(await runMigrateTo(sqlite, sqlite)).toMatchObject({
      code: 1,
      stderr: 'taskgate: The target is the database of DATABASE_URL itself; name another one.\n',
    });
  });
});

describe('a task of an earlier version with an action of 201 characters', () => {
  it('is listed from SQLite, and named by a copy to PostgreSQL', async () => {
    const [source, target] = [await createDatabase('sqlite'), await createDatabase('postgres')];
    const { store } = await createTestGateway({ databaseUrl: source.url });
    const action = 'x'.repeat(201);
    const task = parseServicesTask(JSON.stringify(aServicesTask({ id: 7 })));
    await store.servicesTasks.addAll([{ ...task, target: JSON.stringify({ action }) }], {
      onConflict: 'replace',
    });
    expect(await store.servicesTasks.list(1764, { action }, { limit: 1, offset: 0 })).toMatchObject({
      total: 1,
    });
    await store.close();
    expect(await runMigrateTo(source.url, target.url)).toMatchObject({
      code: 1,
      stderr:
        'taskgate: The Services task 7 cannot be copied: its target.action has 201 characters, and PostgreSQL stores at ' +
        'most 200; remove the task, or import it again with a shorter action.\n',
    });
    for (const database of [source, target]) await database.remove();
  });
});

describe('a copy from PostgreSQL', () => {
  it('to SQLite and back is equal to the first database', async () => {
    const [first, second, third, last] = [
      await createDatabase('postgres'),
      await createDatabase('sqlite'),
      await createDatabase('postgres'),
      await createDatabase('sqlite'),
    ];
    await fillDatabase(first.url);
    expect(await runMigrateTo(first.url, second.url)).toMatchObject({ code: 0 });
    expect(await runMigrateTo(second.url, third.url)).toMatchObject({ code: 0 });
    expect(await runMigrateTo(third.url, last.url)).toMatchObject({ code: 0 });
    for (const { url } of [second, third, last]) expect(await differingTables(first.url, url)).toEqual([]);
    const { store } = await createTestGateway({ databaseUrl: last.url });
    expect(await store.verify()).toEqual([]);
    await store.close();
    for (const database of [first, second, third, last]) await database.remove();
  });
});
