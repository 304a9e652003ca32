import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it as test } from 'vitest';
import { openStore } from '../../src/db/open.ts';
import { asChain, asKey, createTestGateway, NOW } from '../support/gateway.ts';
import { requestJson } from '../support/json-request.ts';
import { it } from '../support/process.ts';
import { openRawConnection } from '../support/raw-connection.ts';

const HOUR = 3_600_000;

/** One POST, sent a number of hours after the previous step. */
const step = fc.record({
  hours: fc.constantFrom(0, 0, 0, 1, 12, 23, 24, 25),
  credential: fc.constantFrom('services token', 'other services token', 'hdp key'),
  key: fc.constantFrom('a', 'A', 'b', undefined),
  body: fc.constantFrom(0, 1, 'invalid'),
});

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Creates a reference model of the contract that shares no code with the implementation. */
function createModel() {
  const stored = new Map<string, { body: unknown; text: string; until: number }>();
  return {
    expectedOutcome(
      { credential, key, body }: Step,
      now: number,
    ): 'replay' | 'create' | 'reused' | 'invalid' {
      if (body === 'invalid') return 'invalid';
      const entry = stored.get(`${credential} ${key}`);
      if (key === undefined || !entry || now >= entry.until) return 'create';
      return entry.body === body ? 'replay' : 'reused';
    },
    textOf: ({ credential, key }: Step) => stored.get(`${credential} ${key}`)?.text,
    store({ credential, key, body }: Step, text: string, now: number) {
      if (key !== undefined) stored.set(`${credential} ${key}`, { body, text, until: now + 24 * HOUR });
    },
  };
}

const bodyOf = ({ credential, body }: Step) => {
  if (body === 'invalid') return '{}';
  if (credential === 'hdp key') return JSON.stringify({ destination_chain_id: '0x1', input: { body } });
  const chain = credential === 'services token' ? 1764 : 9;
  const desc = String(body);
  return JSON.stringify({ chain, desc, trigger: { once: '2026-06-01T12:00:00Z' }, target: { action: 'x' } });
};

describe('any sequence of POSTs with and without idempotency keys', () => {
  test('creates the tasks and returns the responses of the contract', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        let now = NOW;
        const { app, store } = await createTestGateway({ now: () => now });
        const credentials = {
          'services token': await asChain(store, 1764),
          'other services token': await asChain(store, 9),
          'hdp key': await asKey(store, 'client'),
        };
        const model = createModel();
        let created = 0;
        for (const step of steps) {
          now += step.hours * HOUR;
          const isHdp = step.credential === 'hdp key';
          const keyHeader: Record<string, string> =
            step.key === undefined ? {} : { 'Idempotency-Key': step.key };
          const headers = {
            ...credentials[step.credential],
            ...keyHeader,
            'Content-Type': 'application/json',
          };
          const url = `http://${isHdp ? 'hdp' : 'services'}.test/tasks`;
          const response = await app.request(url, { method: 'POST', headers, body: bodyOf(step) });
          const text = await response.text();
          const expected = model.expectedOutcome(step, now);
          const success = isHdp ? 200 : 201;
          expect(response.status).toBe(
            { replay: success, create: success, reused: 422, invalid: 400 }[expected],
          );
          expect(response.headers.get('idempotency-replayed')).toBe(expected === 'replay' ? 'true' : null);
          if (expected === 'replay') expect(text).toBe(model.textOf(step));
          if (expected !== 'create') continue;
          created += 1;
          model.store(step, text, now);
        }
        const totals = await Promise.all([
          store.servicesTasks.list(1764, {}, { limit: 1, offset: 0 }),
          store.servicesTasks.list(9, {}, { limit: 1, offset: 0 }),
          store.hdpTasks.list('', { limit: 1, offset: 0 }),
        ]);
        expect(totals.reduce((sum, { total }) => sum + total, 0)).toBe(created);
        await store.close();
      }),
      { numRuns: 60 },
    );
  });
});

describe('an Idempotency-Key across processes', () => {
  const path = '/tasks';
  const host = 'services.localhost';
  const requestBody = {
    chain: 1764,
    desc: 'once',
    trigger: { once: '2099-01-01T00:00:00Z' },
    target: { action: 'x' },
  };
  const headers = {
    Authorization: 'Bearer demo:demo-secret-of-chain-1764',
    'Idempotency-Key': 'only-once',
  };

  it('creates one task when servers are killed during requests and the client retries', async ({
    sandbox,
  }) => {
    await sandbox.taskgate(['seed']);
    const createdBodies: unknown[] = [];
    for (let round = 0; round < 4; round += 1) {
      const server = await sandbox.serve();
      const requests = Array.from({ length: 5 }, () =>
        requestJson(server.port, host, path, { method: 'POST', headers, requestBody }).catch(() => undefined),
      );
      if (round < 3) {
        // Kills the server between request and response, at a different time in each round.
        await new Promise((resolve) => setTimeout(resolve, 2 * round));
        server.kill('SIGKILL');
      }
      for (const response of await Promise.all(requests))
        if (response?.status === 201) createdBodies.push(response.body);
      server.kill('SIGKILL');
      await server.exited;
    }
    expect(createdBodies.length).toBeGreaterThan(0);
    expect(new Set(createdBodies.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(await countCreatedTasks(sandbox.databaseUrl)).toBe(1);
    expect(await storedTexts(sandbox.databaseUrl)).not.toMatch(/only-once|demo-secret/);
  });

  it('creates one task when two servers receive it, also with different bodies', async ({ sandbox }) => {
    await sandbox.taskgate(['seed']);
    const servers = await Promise.all([sandbox.serve(), sandbox.serve()]);
    const responses = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        requestJson(servers[n % 2]?.port ?? 0, host, path, {
          method: 'POST',
          headers,
          requestBody: { ...requestBody, debug: n % 4 < 2 ? 'a' : 'b' },
        }),
      ),
    );
    for (const { status } of responses) expect([201, 409, 422]).toContain(status);
    const created = responses.filter(({ status }) => status === 201);
    expect(new Set(created.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(await countCreatedTasks(sandbox.databaseUrl)).toBe(1);
  });
});

async function countCreatedTasks(databaseUrl: string): Promise<number> {
  const store = openStore(databaseUrl);
  let count = 0;
  for await (const tasks of store.servicesTasks.listAll(1764)) {
    count += tasks.filter(({ description }) => description === 'once').length;
  }
  await store.close();
  return count;
}

/** Returns all values of the idempotency table as text, and checks that no value is a plain hash of the key. */
async function storedTexts(databaseUrl: string): Promise<string> {
  const connection = await openRawConnection(databaseUrl);
  const rows = await connection.rows<Record<string, unknown>>('SELECT * FROM idempotency_keys');
  await connection.close();
  expect(rows).toHaveLength(1);
  // A plain SHA-256 of the key must not find its row.
  const plainHash = createHash('sha256').update('only-once').digest();
  for (const value of Object.values(rows[0] ?? {})) expect(plainHash.equals(asBuffer(value))).toBe(false);
  return rows.flatMap((row) => Object.values(row).map((value) => asBuffer(value).toString('latin1'))).join();
}

const asBuffer = (value: unknown) => (Buffer.isBuffer(value) ? value : Buffer.from(String(value)));
