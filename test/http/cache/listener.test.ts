import fc from 'fast-check';
import { monotonicFactory } from 'ulid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HDP_STATUSES } from '../../../src/db/model/statuses.ts';
import type { Store } from '../../../src/db/open.ts';
import { newTaskRecord } from '../../../src/hdp/create-task.ts';
import { newTransition, transitionBody } from '../../../src/hdp/transition.ts';
import { parseHdpTask, parseServicesTask } from '../../../src/ndjson/task-lines.ts';
import { formatMicros } from '../../../src/time.ts';
import { type CachedServer, openCachedServer } from '../../support/cached-server.ts';
import {
  addHdpTasks,
  addServicesTasks,
  asAdmin,
  asChain,
  asKey,
  expectCreated,
} from '../../support/gateway.ts';
import { expectedHdpPage, expectedServicesPage } from '../../support/model.ts';
import { anHdpTask, aServicesTask, type HdpWire, ulid } from '../../support/tasks.ts';

const TOKEN = { Host: 'services.test', Authorization: 'Bearer token-of-1764:secret-of-1764' };
const HDP = { Host: 'hdp.test' };
const LEASE_MS = 1000;

let server: CachedServer;
let writer: Store;
const ask: CachedServer['ask'] = (...request) => server.ask(...request);

beforeEach(async () => {
  server = await openCachedServer();
  writer = server.writer;
});
afterEach(() => server.close());

describe('a cached response', () => {
  it('is sent to the same request again with the same headers and a new request id', async () => {
    await addHdpTasks(writer, anHdpTask());
    const first = await ask('/tasks', { ...HDP, 'X-Request-Id': 'a' });
    const second = await ask('/tasks', { ...HDP, 'X-Request-Id': 'b' });
    expect([first.wasCached, second.wasCached]).toEqual([false, true]);
    expect(second.body).toBe(first.body);
    expect([first.headers['x-request-id'], second.headers['x-request-id']]).toEqual(['a', 'b']);
    const { 'x-request-id': _, date: __, ...rest } = second.headers;
    expect(first.headers).toMatchObject(rest);
    expect(server.records).toEqual([
      {
        requestId: 'b',
        client: '127.0.0.1',
        method: 'GET',
        host: 'hdp.test',
        path: '/tasks',
        status: 200,
        ms: expect.any(Number),
      },
    ]);
  });

  it('is not sent to a different host, target or credential', async () => {
    await asChain(writer, 1764);
    const other = { Host: 'services.test', ...(await asChain(writer, 9)) };
    const admin = { Host: 'services.test', ...(await asAdmin(writer, 1, 1764)) };
    await addServicesTasks(writer, aServicesTask());
    expect((await ask('/tasks', TOKEN)).status).toBe(200);
    expect((await ask('/tasks', TOKEN)).wasCached).toBe(true);
    const otherRequests: [string, Record<string, string> | string[], number][] = [
      ['/tasks', other, 200],
      ['/tasks', admin, 403],
      ['/tasks', { ...TOKEN, Host: 'hdp.test' }, 200],
      ['/tasks', { ...TOKEN, Host: 'other.test' }, 421],
      ['/tasks', { Host: 'services.test' }, 401],
      ['/tasks', { ...TOKEN, ...admin }, 400],
      [
        '/tasks',
        ['Host', 'services.test', 'Authorization', TOKEN.Authorization, 'Authorization', 'Bearer a:b'],
        401,
      ],
      ['/tasks?limit=2', TOKEN, 200],
      ['http://hdp.test/tasks', TOKEN, 400],
    ];
    for (const [path, headers, status] of otherRequests) {
      const response = await ask(path, headers);
      expect(response.wasCached, JSON.stringify(headers)).toBe(false);
      expect(response.status, JSON.stringify(headers)).toBe(status);
    }
    expect((await ask('/tasks', other)).body).toBe('[]');
  });

  it.each([
    ['a token is revoked', () => writer.access.revokeToken('token-of-1764', 1)],
    [
      'a token expires',
      async () => {
        server.time.now += 1000;
      },
    ],
  ])('returns 401 after %s', async (_, change) => {
    await asChain(writer, 1764, { expiresAt: server.time.now + 1000 });
    await ask('/tasks', TOKEN);
    expect(await ask('/tasks', TOKEN)).toMatchObject({ status: 200, wasCached: true });
    await change();
    expect((await ask('/tasks', TOKEN)).status).toBe(401);
  });

  it('is not sent after the session is revoked or the grant is withdrawn', async () => {
    const admin = { Host: 'services.test', ...(await asAdmin(writer, 1, 1764)) };
    await writer.access.grant({ userId: 1, chain: 1764, level: 'READ' });
    const statuses = [];
    for (const change of [
      async () => {},
      async () => {},
      () => writer.access.revokeGrant(1, 1764),
      () => writer.access.grant({ userId: 1, chain: 1764, level: 'WRITE' }),
      () => writer.access.revokeSession('session-of-1', 1),
    ]) {
      await change();
      statuses.push((await ask('/tasks', admin)).status);
    }
    expect(statuses).toEqual([200, 200, 403, 200, 401]);
  });

  it('is a 304 for If-None-Match with its ETag until the data changes', async () => {
    await addHdpTasks(writer, anHdpTask());
    const etag = String((await ask('/tasks', HDP)).headers.etag);
    expect(etag).toMatch(/^"[\w-]+"$/);
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const response = await ask('/tasks', { ...HDP, 'If-None-Match': known });
      expect(response).toMatchObject({ status: 304, body: '', wasCached: true, headers: { etag } });
    }
    const uncached = await ask('/tasks?hdp_tasks_page=1', { ...HDP, 'If-None-Match': etag });
    expect(uncached).toMatchObject({ status: 304, body: '', wasCached: false });
    expect((await ask('/tasks', { ...HDP, 'If-None-Match': '"x"' })).status).toBe(200);
    await addHdpTasks(writer, anHdpTask({ status: 'DryRunStarted' }));
    expect((await ask('/tasks', { ...HDP, 'If-None-Match': etag })).status).toBe(200);
  });

  it('has the header names of the uncached response', async () => {
    await asChain(writer, 1764);
    await addServicesTasks(writer, aServicesTask());
    for (const headers of [HDP, TOKEN]) {
      const [uncached, cached] = [await ask('/tasks', headers), await ask('/tasks', headers)];
      expect([uncached.wasCached, cached.wasCached]).toEqual([false, true]);
      expect(cached.headerNames.sort()).toEqual(uncached.headerNames.sort());
      const etag = String(uncached.headers.etag);
      const cached304 = await ask('/tasks', { ...headers, 'If-None-Match': etag });
      const uncached304 = await ask('/tasks?limit=100&hdp_tasks_page=1', {
        ...headers,
        'If-None-Match': etag,
      });
      expect([uncached304.wasCached, cached304.wasCached]).toEqual([false, true]);
      if (uncached304.status === 304)
        expect(cached304.headerNames.sort()).toEqual(uncached304.headerNames.sort());
    }
  });

  it('has another ETag after X-Total-Count and Link change, even if its body is the same', async () => {
    await asChain(writer, 1764);
    await addServicesTasks(writer, aServicesTask({ id: 1 }));
    const first = await ask('/tasks?limit=1', TOKEN);
    for (let id = 2; id <= 20; id += 1) await addServicesTasks(writer, aServicesTask({ id }));
    for (const wasCached of [false, true]) {
      const response = await ask('/tasks?limit=1', { ...TOKEN, 'If-None-Match': String(first.headers.etag) });
      expect(response).toMatchObject({ status: 200, body: first.body, wasCached });
      expect(response.headers['x-total-count']).toBe('20');
    }
  });

  it('is not sent to a request with If-Match', async () => {
    const { headers } = await ask('/tasks', HDP);
    const etag = String(headers.etag);
    for (const [condition, status] of [
      ['"other"', 412],
      [`W/${etag}`, 412],
      [etag, 200],
      ['*', 200],
    ] as const) {
      const response = await ask('/tasks', { ...HDP, 'If-Match': condition, 'If-None-Match': '"x"' });
      expect(response).toMatchObject({ status, wasCached: false });
    }
    expect(await ask('/tasks', { ...HDP, 'If-None-Match': etag })).toMatchObject({
      status: 304,
      wasCached: true,
    });
  });

  it.each(['a', '#./:+', '!~', 'x'.repeat(128)])('keeps the request id %s, cached or not', async (id) => {
    const headers = { ...HDP, 'X-Request-Id': id };
    const responses = [await ask('/tasks', headers), await ask('/tasks', headers)];
    expect(responses.map(({ wasCached }) => wasCached)).toEqual([false, true]);
    expect(responses.map(({ headers }) => headers['x-request-id'])).toEqual([id, id]);
  });

  it.each(['', 'a b', 'é', 'x'.repeat(129), 'a, b'])(
    'replaces the request id %j, cached or not',
    async (id) => {
      const headers = { ...HDP, 'X-Request-Id': id };
      const responses = [await ask('/tasks', headers), await ask('/tasks', headers)];
      expect(responses.map(({ wasCached }) => wasCached)).toEqual([false, true]);
      expect(responses.map(({ headers }) => headers['x-request-id'])).toEqual(['fresh-id', 'fresh-id']);
    },
  );

  it('is not sent for an absolute-form target, and the log has only its path', async () => {
    for (let round = 0; round < 2; round += 1) {
      const response = await ask('http://hdp.test/tasks', HDP);
      expect(response).toMatchObject({ status: 200, wasCached: false });
    }
    const paths = server.logLines.map((line) => JSON.parse(line).path);
    expect(paths).toEqual(['/tasks', '/tasks']);
  });

  it('is never stale after another connection imports tasks', async () => {
    await asChain(writer, 1764);
    const change = fc.record({
      n: fc.integer({ min: 1, max: 6 }),
      kind: fc.constantFrom('services', 'hdp', 'none'),
    });
    let services: ReturnType<typeof aServicesTask>[] = [];
    let hdp: ReturnType<typeof anHdpTask>[] = [];
    let version = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 8 }), async (changes) => {
        for (const { n, kind } of changes) {
          version += 1;
          if (kind === 'services') {
            const task = aServicesTask({ id: n, version, state: { code: version % 2 ? 'DONE' : 'READY' } });
            services = [...services.filter(({ id }) => id !== n), task];
            await addServicesTasks(writer, task);
          } else if (kind === 'hdp') {
            const task = anHdpTask({ uuid: ulid(n), programName: `v${version}` });
            hdp = [...hdp.filter(({ uuid }) => uuid !== task.uuid), task];
            await addHdpTasks(writer, task);
          }
          const list = await ask('/tasks?status=DONE&limit=2', TOKEN);
          expect(JSON.parse(list.body)).toEqual(
            expectedServicesPage(services, 1764, { status: 'DONE', limit: 2 }).tasks,
          );
          expect(JSON.parse((await ask('/tasks', HDP)).body)).toEqual(expectedHdpPage(hdp, {}));
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is never stale after another connection creates tasks and reports transitions', async () => {
    const program = fc.constantFrom('vault', 'VAULT_2', 'other');
    const steps = fc.array(fc.record({ creates: fc.boolean(), index: fc.nat(), program }), { maxLength: 12 });
    await asKey(writer, 'client');
    const moment = { now: server.time.now, newUlid: monotonicFactory() };
    const statuses = HDP_STATUSES.filter((status) => /Started|Completed/.test(status));
    const tasks: HdpWire[] = [];
    await fc.assert(
      fc.asyncProperty(steps, async (steps) => {
        for (const { creates, index, program } of steps) {
          moment.now += 1;
          const task = tasks[index % Math.max(1, tasks.length)];
          if (creates || !task) {
            const body = { destination_chain_id: 1, input: {}, program_name: program };
            const record = newTaskRecord(body, new Map(), 'client-key', () => undefined);
            const uuid = expectCreated(await writer.hdpTaskLifecycle.create(record, moment));
            const createdAt = formatMicros(moment.now * 1000);
            const columns = { destinationChainId: '1', contractClassHash: '0x0', programName: program };
            tasks.push(anHdpTask({ ...columns, uuid, createdAt, updatedAt: createdAt }));
          } else {
            const to_status = statuses[statuses.indexOf(task.status) + 1];
            if (to_status === undefined) continue;
            const programFields = to_status === 'DryRunCompleted' ? { program_name: program } : {};
            const transactionFields =
              to_status === 'TaskDecommitmentCompleted' ? { transaction_hash: '0x1' } : {};
            const transition = transitionBody.parse({ to_status, ...programFields, ...transactionFields });
            await writer.hdpTaskLifecycle.report(
              task.uuid,
              newTransition(task.uuid, transition, new Map()),
              moment,
            );
            task.status = to_status;
            task.programName = programFields.program_name ?? task.programName;
            task.updatedAt = formatMicros(moment.now * 1000);
          }
          for (const search of ['', 'vault', 'vault_2']) {
            const response = await ask(`/tasks?hdp_tasks_search=${search}`, HDP);
            expect(JSON.parse(response.body)).toEqual(expectedHdpPage(tasks, { hdp_tasks_search: search }));
            expect((await ask(`/tasks?hdp_tasks_search=${search}`, HDP)).body).toBe(response.body);
          }
        }
      }),
      { numRuns: 25 },
    );
    expect(tasks.length).toBeGreaterThan(10);
    expect(await writer.verify()).toEqual([]);
  });

  const changes: [string, (store: Store) => Promise<unknown>, string[]][] = [
    [
      'a task of the chain is added',
      (store) => addServicesTasks(store, aServicesTask({ id: 7 })),
      ['chain 1764'],
    ],
    [
      'a task is replaced by one of another chain',
      (store) => addServicesTasks(store, aServicesTask({ id: 1, chain: 9 })),
      ['chain 1764', 'chain 9'],
    ],
    [
      'the description of a task changes',
      (store) => addServicesTasks(store, aServicesTask({ id: 2, chain: 9, desc: 'other' })),
      ['chain 9'],
    ],
    [
      'a task is claimed',
      (store) => store.taskRuns.claim(9, 2, ['export'], { run: 'a', leaseMs: LEASE_MS }),
      ['chain 9'],
    ],
    ['a task is reset', (store) => store.servicesTaskLifecycle.reset(2, LEASE_MS), ['chain 9']],
    ['a task is removed', (store) => store.servicesTaskLifecycle.remove(2, LEASE_MS), ['chain 9']],
    ['an HDP task changes', (store) => addHdpTasks(store, anHdpTask({ status: 'DryRunFailed' })), ['HDP']],
    ['an HDP task is removed', (store) => store.hdpTaskLifecycle.remove(ulid(1)), ['HDP']],
    ['an HDP task is added', (store) => addHdpTasks(store, anHdpTask({ uuid: ulid(2) })), ['HDP']],
    ['a credential changes', (store) => store.access.revokeToken('token-of-5', 0), ['chain 1764', 'chain 9']],
    [
      'a task is skipped',
      (store) => store.servicesTasks.add(parseServicesTask(JSON.stringify(aServicesTask())), 'skip'),
      [],
    ],
    ['an API key is added', (store) => asKey(store, 'client'), []],
  ];

  it.each(changes)('is rebuilt only for the affected lists when %s', async (_, change, affected) => {
    const requests: [string, Record<string, string>][] = [
      ['chain 1764', { Host: 'services.test', ...(await asChain(writer, 1764)) }],
      ['chain 9', { Host: 'services.test', ...(await asChain(writer, 9)) }],
      ['HDP', HDP],
    ];
    await asChain(writer, 5);
    await addServicesTasks(writer, aServicesTask({ id: 1 }), aServicesTask({ id: 2, chain: 9 }));
    await addHdpTasks(writer, anHdpTask());
    for (const [, headers] of requests) await ask('/tasks', headers);
    await change(writer);
    const rebuilt: string[] = [];
    for (const [name, headers] of requests) {
      const response = await ask('/tasks', headers);
      if (!response.wasCached) rebuilt.push(name);
      expect(response.body, name).toBe((await ask('/tasks?unknown', headers)).body);
    }
    expect(rebuilt).toEqual(affected);
  });

  it('is rebuilt after a bulk import', async () => {
    await ask('/tasks', HDP);
    await writer.hdpTasks.addAll([parseHdpTask(JSON.stringify(anHdpTask()))], 'skip');
    expect(JSON.parse((await ask('/tasks', HDP)).body).pagination.total).toBe(1);
  });

  it('shows every commit before the request, with concurrent readers and writers', async () => {
    let written = 0;
    const write = async () => {
      for (; written < 150; written += 1) {
        await addHdpTasks(writer, anHdpTask({ uuid: ulid(written) }));
        await new Promise(setImmediate);
      }
    };
    const poll = async () => {
      while (written < 150) {
        const before = written;
        const { pagination } = JSON.parse((await ask('/tasks', HDP)).body);
        expect(pagination.total).toBeGreaterThanOrEqual(before);
      }
    };
    await Promise.all([write(), ...Array.from({ length: 8 }, poll)]);
  });
});

describe('a cached response for a forwarded host', () => {
  it('is sent only to the trusted proxy, and not to another peer that sends the same headers', async () => {
    await server.close();
    server = await openCachedServer({ trustedProxies: ['127.0.0.2'] });
    const forwarded = { Host: 'inside', 'X-Forwarded-Host': 'hdp.test' };
    const asProxy = () => ask('/tasks', forwarded, { localAddress: '127.0.0.2' });
    expect((await asProxy()).status).toBe(200);
    expect(await asProxy()).toMatchObject({ status: 200, wasCached: true });
    expect(await ask('/tasks', forwarded)).toMatchObject({ status: 421, wasCached: false });
    const claimed = { Host: 'hdp.test', 'X-Forwarded-Host': 'services.test' };
    expect((await ask('/tasks', claimed)).status).toBe(200);
    expect(await ask('/tasks', claimed)).toMatchObject({ status: 200, wasCached: true });
    const viaProxy = await ask('/tasks', claimed, { localAddress: '127.0.0.2' });
    expect(viaProxy).toMatchObject({ status: 401, wasCached: false });
  });
});
