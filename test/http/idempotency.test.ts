import { monotonicFactory } from 'ulid';
import { beforeEach, describe, expect, it as test } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { hashSecret } from '../../src/http/secrets.ts';
import { asAdmin, asChain, asKey, createTestGateway, type Gateway, NOW } from '../support/gateway.ts';
import { requestJson } from '../support/json-request.ts';
import { expectDocumented } from '../support/openapi/documented.ts';
import { it } from '../support/process.ts';

const SERVICES = 'http://services.test/tasks';
const HDP = 'http://hdp.test/tasks';
const DAY = 86_400_000;

const newServicesTask = (desc: string) =>
  JSON.stringify({
    chain: 1764,
    desc,
    trigger: { once: '2026-06-01T12:00:00Z' },
    target: { action: 'anything' },
  });
const newHdpTask = (name: string) =>
  JSON.stringify({ destination_chain_id: '0x1', input: {}, program_name: name });

let now: number;
let gateway: Gateway;
let token: Record<string, string>;
let client: Record<string, string>;
beforeEach(async () => {
  now = NOW;
  gateway = await createTestGateway({ now: () => now });
  token = await asChain(gateway.store, 1764);
  client = await asKey(gateway.store, 'client');
});

async function post(url: string, headers: Record<string, string>, body: string, key?: string) {
  const response = await gateway.app.request(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...headers,
      ...(key === undefined ? {} : { 'Idempotency-Key': key }),
    },
    body,
  });
  const text = await response.text();
  expectDocumented(url, response, text, 'POST');
  return { status: response.status, headers: response.headers, text };
}

const countTasks = async () => [
  (await gateway.store.servicesTasks.list(1764, {}, { limit: 1, offset: 0 })).total,
  (await gateway.store.hdpTasks.list('', { limit: 1, offset: 0 })).total,
];

describe.each([
  ['the Services API', SERVICES, newServicesTask, () => token, 201],
  ['the HDP API', HDP, newHdpTask, () => client, 200],
] as const)('a POST to %s with an Idempotency-Key', (_, url, body, credentials, status) => {
  test('creates one task, and returns the first response again for 24 hours', async () => {
    const first = await post(url, credentials(), body('a'), 'key-1');
    expect(first.status).toBe(status);
    expect(first.headers.has('idempotency-replayed')).toBe(false);
    now += DAY - 1;
    const replayed = await post(url, credentials(), body('a'), 'key-1');
    expect(replayed).toMatchObject({ status, text: first.text });
    expect(replayed.headers.get('idempotency-replayed')).toBe('true');
    expect(replayed.headers.get('location')).toBe(first.headers.get('location'));
    expect(replayed.headers.get('cache-control')).toBe('no-store');
    expect((await countTasks()).reduce((sum, count) => sum + count)).toBe(1);
    now += 1;
    const expired = await post(url, credentials(), body('a'), 'key-1');
    expect(expired.status).toBe(status);
    expect(expired.text).not.toBe(first.text);
  });

  test('returns 422 for a different body, and creates nothing', async () => {
    await post(url, credentials(), body('a'), 'key-1');
    expect((await post(url, credentials(), body('b'), 'key-1')).status).toBe(422);
    expect((await post(url, credentials(), `${body('a')} `, 'key-1')).status).toBe(422);
    expect((await countTasks()).reduce((sum, count) => sum + count)).toBe(1);
  });

  test('creates another task with another key or no key', async () => {
    for (const key of ['a', 'b', undefined, undefined]) {
      expect((await post(url, credentials(), body('a'), key)).status).toBe(status);
    }
    expect((await countTasks()).reduce((sum, count) => sum + count)).toBe(4);
  });

  test.each(['', 'a b', 'é', 'x'.repeat(256), 'a, b'])('returns 400 for the key %j', async (key) => {
    const { status, text } = await post(url, credentials(), body('a'), key);
    expect(status).toBe(400);
    expect(text).toContain('Idempotency-Key must be 1 to 255 visible ASCII characters');
  });

  test('stores no error: the key can be used again after a rejected request', async () => {
    expect((await post(url, credentials(), '{}', 'key-1')).status).toBe(400);
    expect((await post(url, credentials(), body('a'), 'key-1')).status).toBe(status);
  });
});

describe('an Idempotency-Key', () => {
  test('is separate for each credential', async () => {
    await gateway.store.access.grant({ userId: 1, chain: 1764, level: 'WRITE' });
    const admin = await asAdmin(gateway.store, 1, 1764);
    const first = await post(SERVICES, token, newServicesTask('a'), 'key-1');
    const other = await post(SERVICES, admin, newServicesTask('b'), 'key-1');
    expect(other.status).toBe(201);
    expect(other.text).not.toBe(first.text);
  });

  test('is shared by the sessions of a user in a chain', async () => {
    const { access } = gateway.store;
    await access.grant({ userId: 1, chain: 1764, level: 'WRITE' });
    const admin = await asAdmin(gateway.store, 1, 1764);
    const first = await post(SERVICES, admin, newServicesTask('a'), 'key-1');
    await access.revokeSession('session-of-1', now);
    expect((await post(SERVICES, admin, newServicesTask('a'), 'key-1')).status).toBe(401);
    const session = {
      id: 'later',
      userId: 1,
      createdAt: now,
      expiresAt: null,
      keyHash: hashSecret('later-key'),
    };
    await access.addSession(session);
    const laterSession = { ...admin, 'X-Spaaza-Session-Key': 'later-key' };
    expect(await post(SERVICES, laterSession, newServicesTask('a'), 'key-1')).toMatchObject({
      status: 201,
      text: first.text,
    });
  });

  test('is never logged, nor is the secret of the credential', async () => {
    await post(SERVICES, token, newServicesTask('a'), 'key-of-the-first-request');
    await post(SERVICES, token, newServicesTask('a'), 'key-of-the-first-request');
    expect(gateway.logLines).toHaveLength(2);
    expect(gateway.logLines.join()).not.toMatch(/key-of-the-first|secret-of/);
  });

  test('returns 401 with a revoked credential', async () => {
    await post(SERVICES, token, newServicesTask('a'), 'key-1');
    await gateway.store.access.revokeToken('token-of-1764', now);
    expect((await post(SERVICES, token, newServicesTask('a'), 'key-1')).status).toBe(401);
  });

  test('returns 409 with Retry-After while its first request is running', async () => {
    const { create } = gateway.store.servicesTaskLifecycle;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    gateway.store.servicesTaskLifecycle.create = async (...task) => {
      await released;
      return create(...task);
    };
    const first = post(SERVICES, token, newServicesTask('a'), 'key-1');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const second = await post(SERVICES, token, newServicesTask('a'), 'key-1');
    expect(second.status).toBe(409);
    expect(second.headers.get('retry-after')).toBe('1');
    release();
    expect((await first).status).toBe(201);
    expect((await post(SERVICES, token, newServicesTask('a'), 'key-1')).status).toBe(201);
    expect((await countTasks())[0]).toBe(1);
  });

  test('stores nothing if the response cannot be created', async () => {
    const { hdpTaskLifecycle } = gateway.store;
    const request = {
      id: Buffer.alloc(32, 1),
      bodyHash: Buffer.alloc(32, 2),
      now,
      expiresAt: now + DAY,
      respond: () => {
        throw new Error('no response');
      },
    };
    const record = {
      task: { destinationChainId: '1', contractClassHash: '0x0' },
      details: { input: '{}', taskInputs: null, isMock: false, webhookUrl: null, keyId: null },
    };
    const create = hdpTaskLifecycle.create(record, { now, newUlid: monotonicFactory() }, request);
    await expect(create).rejects.toThrow('no response');
    expect(await countTasks()).toEqual([0, 0]);
  });
});

describe('fifty requests with one Idempotency-Key to two processes', () => {
  it('create one task', async ({ sandbox }) => {
    await sandbox.taskgate(['seed']);
    const servers = await Promise.all([sandbox.serve(), sandbox.serve()]);
    const headers = { 'X-API-KEY': 'demo-key-of-a-client', 'Idempotency-Key': 'only-once' };
    const requestBody = { destination_chain_id: '0x1', input: {}, program_name: 'once' };
    const requests = Array.from({ length: 50 }, (_, n) => servers[n % 2]?.port ?? 0);
    const responses = await Promise.all(
      requests.map((port) =>
        requestJson(port, 'hdp.localhost', '/tasks', { method: 'POST', headers, requestBody }),
      ),
    );
    const bodies = new Set(
      responses.filter(({ status }) => status === 200).map(({ body }) => JSON.stringify(body)),
    );
    expect(bodies.size).toBe(1);
    expect(new Set(responses.map(({ status }) => status))).toEqual(
      new Set(responses.some(({ status }) => status === 409) ? [200, 409] : [200]),
    );
    const store = openStore(sandbox.databaseUrl);
    expect((await store.hdpTasks.list('once', { limit: 10, offset: 0 })).total).toBe(1);
    await store.close();
  });
});
