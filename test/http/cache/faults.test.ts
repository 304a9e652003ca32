import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { BusyError } from '../../../src/db/store.ts';
import {
  type CachedServer,
  type CachedServerOptions,
  openCachedServer,
} from '../../support/cached-server.ts';
import { addHdpTasks, addServicesTasks, asChain } from '../../support/gateway.ts';
import { anHdpTask, aServicesTask, ulid } from '../../support/tasks.ts';

const HDP = { Host: 'hdp.test' };
const TOKEN = { Host: 'services.test', Authorization: 'Bearer token-of-1764:secret-of-1764' };
const INTERNAL = '{"error":"Internal Server Error"}';
const UNAVAILABLE = '{"error":"Service unavailable"}';

let server: CachedServer;
const open = async (options?: CachedServerOptions) => {
  server = await openCachedServer(options);
  await asChain(server.writer, 1764);
  await addHdpTasks(server.writer, anHdpTask());
  await addServicesTasks(server.writer, aServicesTask());
};
afterEach(() => server.close());

const damaged = () => new Database.SqliteError('database disk image is malformed', 'SQLITE_CORRUPT');
const unreadable = () => new Database.SqliteError('disk I/O error', 'SQLITE_IOERR_READ');

describe('a failing database', () => {
  it.each([
    ['the data version', 'dataVersion'],
    ['the scope version', 'scopeVersion'],
  ] as const)('disables only the cache if %s cannot be read', async (_, method) => {
    await open();
    await server.ask('/tasks', HDP);
    await addHdpTasks(server.writer, anHdpTask({ uuid: ulid(2) }));
    const { dataVersion, scopeVersion } = server.reader;
    const fail = () => {
      throw damaged();
    };
    Object.assign(server.reader, { [method]: fail });
    const responses = await Promise.all(Array.from({ length: 5 }, () => server.ask('/tasks', HDP)));
    for (const response of responses) {
      expect(response).toMatchObject({ status: 200, wasCached: false });
      expect(JSON.parse(response.body).pagination.total).toBe(2);
    }
    expect(server.logLines.join('')).toContain('response cache failed');
    Object.assign(server.reader, { dataVersion, scopeVersion });
    await server.ask('/tasks', HDP);
    expect((await server.ask('/tasks', HDP)).wasCached).toBe(true);
  });

  it.each([
    ['is damaged', damaged, 500, INTERNAL, 'request failed'],
    ['cannot be read', unreadable, 503, UNAVAILABLE, 'database unavailable'],
  ])(
    'returns an error in the shape of the API and logs the request id if it %s',
    async (_, createError, status, body, message) => {
      await open();
      const fail = () => {
        throw createError();
      };
      Object.assign(server.reader, { dataVersion: fail, scopeVersion: fail });
      Object.assign(server.reader.hdpTasks, { list: () => Promise.reject(createError()) });
      Object.assign(server.reader.access, { findToken: () => Promise.reject(createError()) });
      server.reader.probe = () => Promise.reject(createError());
      for (let round = 0; round < 2; round += 1) {
        const hdp = await server.ask('/tasks', { ...HDP, 'X-Request-Id': `hdp-${round}` });
        expect(hdp).toMatchObject({ status, body, headers: { 'cache-control': 'no-store' } });
        const services = await server.ask('/tasks', { ...TOKEN, 'X-Request-Id': `services-${round}` });
        expect(services.status).toBe(status);
        expect(JSON.parse(services.body).result).toEqual({ code: 2, status: 'error' });
        const health = await server.ask('/is-alive', HDP);
        expect(health).toMatchObject({ status: 503, headers: { 'cache-control': 'no-store' } });
      }
      const logged = server.logLines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === message);
      for (const id of ['hdp-0', 'services-0', 'hdp-1', 'services-1']) {
        expect(logged.map(({ requestId }) => requestId)).toContain(id);
      }
    },
  );

  it('makes the service unhealthy after a query finds it damaged', async () => {
    await open();
    expect((await server.ask('/is-alive', HDP)).status).toBe(200);
    const { list } = server.reader.hdpTasks;
    server.reader.hdpTasks.list = () => Promise.reject(damaged());
    await server.ask('/tasks', HDP);
    server.reader.hdpTasks.list = list;
    expect((await server.ask('/is-alive', HDP)).status).toBe(503);
  });
});

describe('an error outside the app', () => {
  it.each(['GET', 'POST'])('returns 500 for %s and is logged', async (method) => {
    await open({ fetch: () => Promise.reject(new Error('a bug')) });
    const response = await server.ask('/tasks', HDP, { method });
    expect(response).toMatchObject({ status: 500, body: INTERNAL });
    expect(response.headers).toMatchObject({ 'cache-control': 'no-store', 'x-request-id': 'fresh-id' });
    expect(server.logLines.join('')).toContain('a bug');
  });

  it('is not a malformed request, which returns 400', async () => {
    await open();
    const response = await server.ask('/tasks', { Host: 'a b' });
    expect(response.status).toBe(400);
    expect(response.headers['cache-control']).toBe('no-store');
  });
});

describe('requests for the same search', () => {
  /** Creates a search that waits until the test calls the next function of `releases`. */
  function createHeldSearch() {
    const releases: (() => void)[] = [];
    const search = async () => {
      await new Promise<void>((resolve) => releases.push(resolve));
      return server.reader.hdpTasks.list('', { limit: 10, offset: 0 });
    };
    return { search, releases };
  }
  const path = '/tasks?hdp_tasks_search=vault';
  const total = ({ body }: { body: string }) => JSON.parse(body).pagination.total;

  it('share one computation, each with its own request id', async () => {
    const { search, releases } = createHeldSearch();
    await open({ search });
    const pending = Array.from({ length: 160 }, (_, n) =>
      server.ask(path, { ...HDP, 'X-Request-Id': `poll-${n}` }),
    );
    await expect.poll(() => releases.length).toBe(1);
    // When a later request has a response, all of them have arrived.
    await server.ask('/tasks', HDP);
    releases[0]?.();
    const responses = await Promise.all(pending);
    expect(responses.map(({ status }) => status)).toEqual(pending.map(() => 200));
    expect(responses.map(({ headers }) => headers['x-request-id'])).toEqual(
      pending.map((_, n) => `poll-${n}`),
    );
    expect(releases).toHaveLength(1);
  });

  it('wait for a new computation if they arrive after a commit', async () => {
    const { search, releases } = createHeldSearch();
    await open({ search });
    const before = server.ask(path, HDP);
    await expect.poll(() => releases.length).toBe(1);
    await addHdpTasks(server.writer, anHdpTask({ uuid: ulid(2) }));
    const after = [server.ask(path, HDP), server.ask(path, HDP)];
    await server.ask('/tasks', HDP);
    releases[0]?.();
    await before;
    await expect.poll(() => releases.length).toBe(2);
    releases[1]?.();
    expect((await Promise.all(after)).map(total)).toEqual([2, 2]);
  });

  it('are answered separately if the shared computation fails', async () => {
    let searches = 0;
    await open({
      search: async () => {
        searches += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (searches === 1) throw new BusyError('too many searches');
        return server.reader.hdpTasks.list('', { limit: 10, offset: 0 });
      },
    });
    const statuses = (await Promise.all([server.ask(path, HDP), server.ask(path, HDP)])).map(
      ({ status }) => status,
    );
    expect(statuses.sort()).toEqual([200, 503]);
    const logged = server.logLines.map((line) => JSON.parse(line)).filter(({ level }) => level >= 40);
    expect(logged).toEqual([expect.objectContaining({ level: 40, msg: 'database unavailable' })]);
  });

  it('return 401 if their credentials expire while they wait', async () => {
    await open();
    await asChain(server.writer, 7, { expiresAt: server.time.now + 1000 });
    const headers = { Host: 'services.test', Authorization: 'Bearer token-of-7:secret-of-7' };
    const { list } = server.reader.servicesTasks;
    const releases: (() => void)[] = [];
    server.reader.servicesTasks.list = async (...query) => {
      await new Promise<void>((resolve) => releases.push(resolve));
      return list(...query);
    };
    const pending = [server.ask('/tasks', headers), server.ask('/tasks', headers)];
    await expect.poll(() => releases.length).toBe(1);
    await server.ask('/is-alive', HDP);
    server.time.now += 1000;
    releases[0]?.();
    expect((await Promise.all(pending)).map(({ status }) => status)).toEqual([200, 401]);
  });

  it('get the shared response if the server starts to stop, and later ones get 503', async () => {
    const { search, releases } = createHeldSearch();
    let isDraining = false;
    await open({ search, isDraining: () => isDraining });
    const pending = [server.ask(path, HDP), server.ask(path, HDP)];
    await expect.poll(() => releases.length).toBe(1);
    await server.ask('/tasks', HDP);
    isDraining = true;
    expect((await server.ask('/tasks', HDP)).status).toBe(503);
    releases[0]?.();
    expect((await Promise.all(pending)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await server.ask(path, HDP)).status).toBe(503);
  });
});
