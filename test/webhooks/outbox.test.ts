import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { pino } from 'pino';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Store } from '../../src/db/open.ts';
import type { WebhookAttempt } from '../../src/db/queries/hdp-webhooks.ts';
import { createAddressPolicy } from '../../src/webhooks/addresses.ts';
import { type OutboxOptions, startOutbox } from '../../src/webhooks/outbox.ts';
import { createPost } from '../../src/webhooks/post.ts';
import { NOW } from '../support/gateway.ts';
import { claimAll, createOutboxFile, DAY_MS, type OutboxFile } from '../support/outbox.ts';
import { createReceiver, type ReceivedWebhook, textHeaders } from '../support/receiver.ts';
import { ulid } from '../support/tasks.ts';

const localPost = () => createPost({ isAllowed: createAddressPolicy(['127.0.0.1']), responseTimeoutMs: 500 });

/** Starts the outbox of a store, and stops it when the test ends. */
function start(store: Store, options: Partial<OutboxOptions> = {}) {
  const logLines: string[] = [];
  const outbox = startOutbox({
    webhooks: store.hdpWebhooks,
    post: localPost(),
    log: pino({ level: 'trace' }, { write: (line: string) => logLines.push(line) }),
    now: () => NOW,
    random: () => 0,
    pollIntervalMs: 5,
    ...options,
  });
  onTestFinished(() => outbox.stop());
  return { ...outbox, logLines };
}

const isEnded = async (outbox: OutboxFile) => (await outbox.rows()).every((row) => row.due_at === null);
const until = (condition: () => boolean | Promise<boolean>) =>
  vi.waitUntil(condition, { timeout: 10_000, interval: 5 });
const idOf = (received: ReceivedWebhook) => String(received.headers['webhook-id']);

describe('the outbox', () => {
  it('sends a due webhook once, with its id, and records the delivery', async () => {
    const { outbox, stores } = await createOutboxFile();
    const receiver = await createReceiver();
    const { id, body } = await outbox.add(1, { url: receiver.url, due_at: NOW });
    await outbox.add(2, { url: receiver.url, due_at: NOW + 1 });
    for (const store of stores) start(store);
    await until(async () => (await outbox.rows())[0]?.delivered_at === NOW);
    expect(receiver.received).toMatchObject([
      { body, headers: { 'webhook-id': id, 'webhook-timestamp': String(NOW / 1000) } },
    ]);
    expect(receiver.received[0]?.headers).not.toHaveProperty('webhook-signature');
    expect(await outbox.rows()).toMatchObject([
      { attempts: 1, due_at: null, last_error: null },
      { attempts: 0, due_at: NOW + 1 },
    ]);
  });

  it('signs a webhook so that the creator of the task can verify it with only the API key', async () => {
    const { outbox, stores, clock } = await createOutboxFile();
    const receiver = await createReceiver();
    const apiKey = 'the-key-of-the-client';
    await outbox.addKey('key-1', createHash('sha256').update(apiKey).digest());
    await outbox.add(1, { url: receiver.url, body: '{"status":"Ünïcode"}', key_id: 'key-1' });
    // The public library rejects a timestamp that differs from the current time.
    clock.now = Date.now();
    for (const store of stores) start(store);
    await until(() => isEnded(outbox));
    const [webhook] = receiver.received;
    const secret = `whsec_${createHash('sha256').update(apiKey).digest('base64')}`;
    const verified = new Webhook(secret).verify(webhook?.body ?? '', textHeaders(webhook));
    expect(verified).toEqual({ status: 'Ünïcode' });
  });

  it.each([
    [
      'the receiver responds with 500',
      (response) => void response.writeHead(500).end(),
      'the answer was 500',
    ],
    [
      'the receiver redirects',
      (response) => void response.writeHead(302, { Location: '/' }).end(),
      'the answer was 302',
    ],
    ['the receiver is slow', () => {}, 'no answer within 0.5 seconds'],
    ['the receiver closes the connection', (response) => void response.destroy(), 'socket hang up'],
  ] satisfies [string, (response: ServerResponse) => void, string][])(
    'retries after a pause if %s, and records the reason',
    async (_, respond, reason) => {
      const { outbox, stores, clock } = await createOutboxFile();
      const receiver = await createReceiver((response, _webhook, all) =>
        all.length < 3 ? respond(response) : void response.writeHead(204).end(),
      );
      await outbox.add(1, { url: `${receiver.url}?secret=1`, created_at: NOW, body: '{"private":1}' });
      const started = stores.map((store) => start(store));
      await until(async () => (await outbox.rows())[0]?.last_error !== null);
      expect(await outbox.rows()).toMatchObject([{ attempts: 1, due_at: NOW + 10_000, last_error: reason }]);
      clock.now += 10_000;
      await until(async () => (await outbox.rows())[0]?.due_at === clock.now + 20_000);
      clock.now += 20_000;
      await until(() => isEnded(outbox));
      expect(await outbox.rows()).toMatchObject([{ attempts: 3, last_error: null }]);
      expect(new Set(receiver.received.map(idOf)).size).toBe(1);
      await until(() => started.some(({ logLines }) => logLines.join().includes('webhook delivered')));
      expect(started.flatMap(({ logLines }) => logLines).join()).not.toMatch(/secret|private|hook\b\?/);
    },
  );

  it.each([
    ['the receiver responds with 410', 'http://127.0.0.1', 410, 'the answer was 410'],
    ['the address is private', 'http://10.0.0.1', 200, '10.0.0.1 is not an address that webhooks may go to'],
    [
      'the name resolves to this machine',
      'http://localhost',
      200,
      'localhost has no address that webhooks may go to',
    ],
    ['the URL is not http', 'ftp://127.0.0.1', 200, 'the URL begins with neither http:// nor https://'],
    ['the URL is not valid', 'http://[::', 200, 'the URL is not valid'],
  ])('tries once and abandons the webhook if %s', async (_, base, status, reason) => {
    const { outbox, stores } = await createOutboxFile();
    const receiver = await createReceiver((response) => void response.writeHead(status).end());
    await outbox.add(1, { url: `${base}:${receiver.port}/`, created_at: NOW });
    const isAllowed = createAddressPolicy(base.includes('localhost') ? [] : ['127.0.0.1']);
    const started = stores.map((store) => start(store, { post: createPost({ isAllowed }) }));
    await until(() => isEnded(outbox));
    expect(await outbox.rows()).toMatchObject([{ attempts: 1, delivered_at: null, last_error: reason }]);
    expect(receiver.received).toHaveLength(status === 410 ? 1 : 0);
    await until(() => started.some(({ logLines }) => logLines.join().includes('webhook given up')));
  });

  it.each([
    [429, '120', 120_000],
    [503, '3600', 3_600_000],
    [503, '86400', 3_600_000],
    [429, '9'.repeat(400), 3_600_000],
    [429, new Date(NOW + 90_000).toUTCString(), 90_000],
    [503, 'Monday, 01-Jun-26 12:05:00 GMT', 300_000],
    [503, new Date(NOW + 90 * 60_000).toUTCString(), 3_600_000],
    [429, '2', 2000],
    [429, '0', 1000],
    [503, new Date(NOW - 90_000).toUTCString(), 1000],
    [429, '-5', 10_000],
    [429, '1.5', 10_000],
    [429, 'soon', 10_000],
    [429, '2026-06-01T12:05:00Z', 10_000],
    [500, '120', 10_000],
    [404, '120', 10_000],
  ])(
    'retries after a response with status %s and Retry-After: %s in %s milliseconds',
    async (status, retryAfter, pauseMs) => {
      const { outbox, stores } = await createOutboxFile();
      const receiver = await createReceiver(
        (response) => void response.writeHead(status, { 'Retry-After': retryAfter }).end(),
      );
      await outbox.add(1, { url: receiver.url, created_at: NOW });
      for (const store of stores) start(store);
      await until(async () => (await outbox.rows())[0]?.last_error !== null);
      expect(await outbox.rows()).toMatchObject([
        { due_at: NOW + pauseMs, last_error: `the answer was ${status}` },
      ]);
    },
  );

  it('retries for a day if the receiver is down, then abandons the webhook and records the last error', async () => {
    const { outbox, stores, clock } = await createOutboxFile();
    await outbox.add(1, { url: 'http://127.0.0.1:1/', created_at: NOW, due_at: NOW });
    const times: number[] = [];
    const post = async () => {
      times.push(clock.now - NOW);
      throw new Error('connect ECONNREFUSED 127.0.0.1:1');
    };
    for (const store of stores) start(store, { post });
    for (;;) {
      await until(
        async () =>
          (await outbox.rows())[0]?.last_error !== null &&
          (await outbox.rows())[0]?.due_at !== clock.now + 60_000,
      );
      const next = (await outbox.rows())[0]?.due_at ?? null;
      if (next === null) break;
      if (next > clock.now) clock.now = next;
      await setTimeout(1);
    }
    expect(times).toHaveLength(32);
    expect(times.at(-1)).toBeGreaterThan(DAY_MS - 2 * 3_600_000);
    expect(await outbox.rows()).toMatchObject([
      { attempts: 32, due_at: null, delivered_at: null, last_error: 'connect ECONNREFUSED 127.0.0.1:1' },
    ]);
  });

  it('tries a webhook once that is older than a day, such as after the outbox was stopped', async () => {
    const { outbox, stores } = await createOutboxFile();
    await outbox.add(1, { url: 'http://127.0.0.1:1/', created_at: NOW - 3 * DAY_MS });
    for (const store of stores) start(store);
    await until(() => isEnded(outbox));
    expect(await outbox.rows()).toMatchObject([{ attempts: 1, delivered_at: null }]);
    expect((await outbox.rows())[0]?.last_error).toContain('ECONNREFUSED');
  });

  it('aborts its attempts when it stops, so that another outbox can retry at once', async () => {
    const { outbox, stores } = await createOutboxFile();
    const receiver = await createReceiver((response, _webhook, all) => {
      if (all.length > 1) response.end();
    });
    await outbox.add(1, { url: receiver.url, created_at: NOW });
    for (const store of stores) {
      const first = start(store, { post: createPost({ isAllowed: () => true }) });
      await until(() => receiver.received.length === 1);
      const stopRequestedAt = performance.now();
      await first.stop();
      expect(performance.now() - stopRequestedAt).toBeLessThan(1000);
      expect(await outbox.rows()).toMatchObject([{ due_at: NOW, delivered_at: null }]);
      start(store);
    }
    await until(() => isEnded(outbox));
    expect(await outbox.rows()).toMatchObject([{ attempts: 2, delivered_at: NOW }]);
  });

  it('does not send a webhook that another process has leased until the lease ends', async () => {
    const { outbox, stores, clock } = await createOutboxFile(2);
    const receiver = await createReceiver();
    await outbox.add(1, { url: receiver.url, due_at: NOW });
    const [first, second] = stores;
    const due = (await first?.hdpWebhooks.listDue(undefined, 10)) ?? [];
    const claims = stores.map((store) => claimAll(store, due, 60_000));
    expect((await Promise.all(claims)).map((claimed) => claimed.length)).toEqual([1, 0]);
    clock.now += 59_999;
    if (second) start(second);
    await setTimeout(100);
    expect(receiver.received).toEqual([]);
    clock.now += 1;
    await until(() => receiver.received.length === 1);
  });

  it('records only the delivery, and no failure, of an attempt whose lease was lost', async () => {
    const { outbox, stores, clock } = await createOutboxFile();
    await outbox.add(1, { url: 'http://a/', due_at: NOW });
    for (const store of stores) {
      const { hdpWebhooks } = store;
      const claimNext = async () => claimAll(store, await hdpWebhooks.listDue(undefined, 1), 1000);
      const expired = await claimNext();
      clock.now += 1000;
      const current = await claimNext();
      for (const attempt of expired) await hdpWebhooks.recordFailure(attempt, 'too late', null);
      expect(await outbox.rows()).toMatchObject([{ attempts: 2, due_at: NOW + 2000, last_error: null }]);
      for (const { id } of expired) await hdpWebhooks.markDelivered(id, NOW + 1500);
      for (const attempt of current) await hdpWebhooks.recordFailure(attempt, 'refused', NOW + 5000);
      expect(await outbox.rows()).toMatchObject([
        { due_at: null, delivered_at: NOW + 1500, last_error: null },
      ]);
    }
  });

  it('sends each webhook exactly once if three connections claim concurrently', async () => {
    const { outbox, stores } = await createOutboxFile(3);
    const receiver = await createReceiver();
    for (let n = 0; n < 200; n += 1) await outbox.add(n, { url: receiver.url });
    for (const store of stores) start(store);
    await until(() => isEnded(outbox));
    expect(receiver.received.map(idOf).sort()).toEqual(Array.from({ length: 200 }, (_, n) => ulid(n)));
  }, 30_000);
});

describe('any sequence of claims, results and crashes', () => {
  const step = fc.record({
    kind: fc.constantFrom('claim', 'deliver', 'fail', 'abandon', 'crash', 'wait'),
    sender: fc.nat({ max: 1 }),
    index: fc.nat({ max: 3 }),
  });

  it('gives each attempt to one sender, and offers no webhook whose delivery was recorded', async () => {
    const { outbox, stores, clock } = await createOutboxFile(2);
    let created = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        clock.now = NOW;
        const ids: string[] = [];
        for (const n of [1, 2, 3])
          ids.push((await outbox.add(created + n, { url: 'http://a/', due_at: NOW })).id);
        created += ids.length;
        const model = new Map(ids.map((id) => [id, { attempts: 0, dueAt: NOW as number | null }]));
        const attemptsOfSenders = stores.map((): WebhookAttempt[] => []);
        for (const { kind, sender, index } of steps) {
          const rows = (await outbox.rows()).filter((row) => model.has(row.id));
          expect(rows.map(({ id, due_at: dueAt, attempts }) => [id, { attempts, dueAt }])).toEqual([
            ...model,
          ]);
          const webhooks = stores[sender]?.hdpWebhooks;
          const attempts = attemptsOfSenders[sender] ?? [];
          const attempt = attempts[index % Math.max(attempts.length, 1)];
          const state = attempt && model.get(attempt.id);
          if (kind === 'wait') clock.now += 700;
          const { now } = clock;
          if (kind === 'crash') attempts.length = 0;
          if (kind === 'claim') {
            const due = (await webhooks?.listDue(undefined, 1000)) ?? [];
            const store = stores[sender];
            const claimed = store ? await claimAll(store, due.slice(0, 1 + index), 1000) : [];
            for (const { id, attempts: count } of claimed) {
              const before = model.get(id);
              expect(before?.dueAt ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(now);
              expect(count).toBe((before?.attempts ?? 0) + 1);
              model.set(id, { attempts: count, dueAt: now + 1000 });
            }
            attempts.push(...claimed);
          }
          if (!attempt || !state || !['deliver', 'fail', 'abandon'].includes(kind)) continue;
          // A sender reports the result of an attempt once.
          attempts.splice(attempts.indexOf(attempt), 1);
          if (kind === 'deliver') {
            await webhooks?.markDelivered(attempt.id, now);
            state.dueAt = null;
          }
          if (kind === 'fail' || kind === 'abandon') {
            const next = kind === 'fail' ? now + 500 : null;
            await webhooks?.recordFailure(attempt, 'x', next);
            // Only the latest attempt decides when the next one is due.
            if (state.attempts === attempt.attempts && state.dueAt !== null) state.dueAt = next;
          }
        }
        for (const id of ids) await stores[0]?.hdpWebhooks.markDelivered(id, clock.now);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
