import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAddressPolicy } from '../../src/webhooks/addresses.ts';
import { startOutbox } from '../../src/webhooks/outbox.ts';
import { createPost, type Post } from '../../src/webhooks/post.ts';
import { NOW } from '../support/gateway.ts';
import { createOutboxFile, type OutboxRow } from '../support/outbox.ts';
import { createReceiver } from '../support/receiver.ts';

type NewRow = Partial<OutboxRow> & { url: string };

const createRows = (count: number, row: (n: number) => NewRow) =>
  Array.from({ length: count }, (_, n) => row(n));
const until = (condition: () => boolean | Promise<boolean>) =>
  vi.waitUntil(condition, { timeout: 10_000, interval: 5 });
const OK = { status: 200, retryAfter: undefined };

/** Sends webhooks; the first one is due for the longest time. Hosts that begin with `slow` never respond. */
async function send(
  rows: readonly NewRow[],
  { pollIntervalMs = 5, post }: { pollIntervalMs?: number; post?: Post } = {},
) {
  const { outbox, stores } = await createOutboxFile();
  for (const key of ['a', 'b', 'c']) await outbox.addKey(key, Buffer.alloc(32, key));
  for (const [n, row] of rows.entries()) await outbox.add(n, { due_at: n, ...row });
  const sent: string[] = [];
  const hanging = new Set<string>();
  const fakePost: Post = async ({ url }, signal) => {
    sent.push(url);
    if (!url.includes('//slow')) return OK;
    hanging.add(url);
    await setTimeout(1e6, undefined, { signal });
    return OK;
  };
  const [store] = stores;
  if (!store) throw new Error('There is no store.');
  const sender = startOutbox({
    webhooks: store.hdpWebhooks,
    post: post ?? fakePost,
    log: { info: () => {}, warn: () => {}, error: () => {} },
    now: () => NOW,
    random: () => 0,
    pollIntervalMs,
  });
  onTestFinished(() => sender.stop());
  const delivered = async () =>
    (await outbox.rows()).filter((row) => row.delivered_at !== null).map((row) => row.url);
  return { outbox, sent, hanging, delivered };
}

describe('receivers that never respond', () => {
  it('get two concurrent attempts per origin (scheme, host and port)', async () => {
    const { hanging, delivered } = await send([
      ...createRows(20, (n) => ({ url: `http://slow.example/${n}` })),
      ...createRows(20, (n) => ({ url: `http://SLOW.example.:80/${n}` })),
      ...createRows(20, (n) => ({ url: `https://slow.example/${n}` })),
      { url: 'http://quick.example/' },
    ]);
    await until(async () => (await delivered()).length === 1);
    await setTimeout(50);
    expect([...hanging].map((url) => new URL(url).protocol).sort()).toEqual([
      'http:',
      'http:',
      'https:',
      'https:',
    ]);
  });

  it('do not delay a healthy receiver on another port of their host', async () => {
    const receivers = await Promise.all(
      createRows(8, (n) => ({ url: String(n) })).map(() => createReceiver(() => {})),
    );
    const healthy = await createReceiver();
    const { delivered } = await send(
      [
        ...receivers.flatMap(({ url }) => createRows(5, () => ({ url, created_at: NOW }))),
        { url: healthy.url, created_at: NOW },
      ],
      { post: createPost({ isAllowed: createAddressPolicy(['127.0.0.1']) }) },
    );
    await until(async () => (await delivered()).length === 1);
    expect(await delivered()).toEqual([healthy.url]);
    expect(receivers.map(({ received }) => received.length)).toEqual(Array(8).fill(2));
  });

  it.each([
    ['names of one registrable domain', (n: number) => `http://slow-${n}.example.com/`, 24],
    ['names under a public suffix of two labels', (n: number) => `http://slow-${n}.example.co.uk/`, 24],
    ['ports of one host', (n: number) => `http://slow.example.com:${1000 + n}/`, 24],
    ['domains', (n: number) => `http://slow-${n}.com/`, 39],
  ])('leave room for the same client even if they are many %s', async (_, url, limit) => {
    const { hanging, delivered } = await send([
      ...createRows(limit, (n) => ({ url: url(n), key_id: 'a' })),
      { url: 'http://quick.example/', key_id: 'a' },
    ]);
    await until(async () => (await delivered()).length === 1 && hanging.size >= limit);
    expect(hanging.size).toBe(limit);
  });

  it('are limited per domain and per API key, so that other clients are served', async () => {
    const { hanging, delivered } = await send([
      ...createRows(100, (n) => ({ url: `http://slow-${n}.example.com/`, key_id: 'a' })),
      ...createRows(100, (n) => ({ url: `http://slow-${n}.org/`, key_id: 'b' })),
      ...createRows(50, (n) => ({ url: `http://quick-${n}.example/`, key_id: 'c' })),
    ]);
    await until(async () => (await delivered()).length === 50);
    const hosts = [...hanging].map((url) => new URL(url).hostname);
    expect(hosts.filter((host) => host.endsWith('.example.com'))).toHaveLength(24);
    expect(hosts.filter((host) => host.endsWith('.org'))).toHaveLength(40);
  });

  it('in the same IPv6 /64 network count as one host', async () => {
    const attempts: string[] = [];
    const { delivered } = await send(
      [
        ...createRows(40, (n) => ({ url: `http://[2606:4700:1:2::${(n + 1).toString(16)}]/`, key_id: 'a' })),
        { url: 'http://[2606:4700:1:3::1]/', key_id: 'b' },
      ],
      {
        post: async ({ url }, signal) => {
          if (url.includes('1:3')) return OK;
          attempts.push(url);
          await setTimeout(1e6, undefined, { signal });
          return OK;
        },
      },
    );
    await until(async () => (await delivered()).length === 1);
    expect(attempts).toHaveLength(24);
  });

  it('with 1,500 webhooks do not hide another host from the first poll', async () => {
    const { sent } = await send(
      [
        ...createRows(1500, () => ({ url: 'http://slow.example/' })),
        { url: 'http://slow-other.example/', due_at: NOW },
      ],
      { pollIntervalMs: 600_000 },
    );
    await until(() => sent.includes('http://slow-other.example/'));
    expect(sent.filter((url) => url === 'http://slow.example/').length).toBeLessThan(8);
  });

  it('with a long queue do not delay later webhooks until the next poll', async () => {
    const { delivered } = await send(
      [...createRows(5000, (n) => ({ url: `http://slow.example/${n}` })), { url: 'http://quick.example/' }],
      { pollIntervalMs: 600_000 },
    );
    await until(async () => (await delivered()).length === 1);
  }, 30_000);

  it('get fewer slots after a slow attempt, so that new receivers of the same client get some', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const started: string[] = [];
    let isSlow = true;
    const { outbox, delivered } = await send(
      createRows(40, (n) => ({ url: `http://slow-${n}.com/`, key_id: 'a', created_at: NOW })),
      {
        post: async ({ url }, signal) => {
          started.push(url);
          if (url.includes('quick')) return OK;
          if (!isSlow) await setTimeout(1e6, undefined, { signal });
          await until(() => started.length === 40);
          vi.advanceTimersByTime(3000);
          throw new Error('no answer within 10 seconds');
        },
      },
    );
    await until(async () => (await outbox.rows()).every((row) => row.last_error !== null));
    isSlow = false;
    await outbox.exec('UPDATE hdp_webhooks SET due_at = 0');
    await until(() => started.length === 40 + 20);
    await outbox.add(100, { url: 'http://quick.example/', key_id: 'a', due_at: 1 });
    await until(async () => (await delivered()).length === 1);
    expect(started).toHaveLength(40 + 20 + 1);
  });
});

describe('a due time in the future', () => {
  it('of more than an hour is ignored, because the clock must have been set back', async () => {
    const { delivered } = await send([
      { url: 'http://a.example/', due_at: NOW + 3_600_001 },
      { url: 'http://b.example/', due_at: NOW + 50 * 3_600_000 },
      { url: 'http://c.example/', due_at: NOW },
    ]);
    await until(async () => (await delivered()).length === 3);
  });

  it('of up to an hour is respected', async () => {
    const { sent, delivered } = await send([
      { url: 'http://a.example/', due_at: NOW + 1 },
      { url: 'http://b.example/', due_at: NOW + 3_600_000 },
      { url: 'http://c.example/', due_at: NOW },
    ]);
    await until(async () => (await delivered()).length === 1);
    await setTimeout(50);
    expect(sent).toEqual(['http://c.example/']);
  });
});
