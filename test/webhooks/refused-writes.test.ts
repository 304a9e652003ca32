import { setTimeout } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startOutbox } from '../../src/webhooks/outbox.ts';
import { NOW } from '../support/gateway.ts';
import { createOutboxFile, DAY_MS, type OutboxFile } from '../support/outbox.ts';
import { ulid } from '../support/tasks.ts';

// A database file on which triggers of another connection refuse the writes of some rows.

const HOUR_MS = 3_600_000;

type Opened = Awaited<ReturnType<typeof createOutboxFile>>;

/** Starts an outbox whose clock advances with each poll. Every receiver answers with the same status. */
function start({ stores: [store], clock }: Opened, { msPerPoll = 0, status = 200 } = {}) {
  if (!store) throw new Error('No store was opened.');
  const sent: (string | undefined)[] = [];
  const logLines: string[] = [];
  const outbox = startOutbox({
    webhooks: {
      ...store.hdpWebhooks,
      listDue: (last, limit) => {
        clock.now += msPerPoll;
        return store.hdpWebhooks.listDue(last, limit);
      },
    },
    post: async ({ headers }) => {
      sent.push(headers['webhook-id']);
      return { status, retryAfter: undefined };
    },
    log: pino({ level: 'trace' }, { write: (line: string) => logLines.push(line) }),
    now: clock.read,
    random: () => 0,
    pollIntervalMs: 1,
  });
  onTestFinished(() => outbox.stop());
  return {
    ...outbox,
    sent,
    count: (message: string) => logLines.filter((line) => line.includes(message)).length,
  };
}

const until = (condition: () => boolean | Promise<boolean>) =>
  vi.waitUntil(condition, { timeout: 10_000, interval: 2 });
const refuse = (outbox: OutboxFile, update: string) =>
  outbox.exec(`CREATE TRIGGER refuse BEFORE UPDATE ${update} BEGIN SELECT RAISE(ABORT, 'no'); END`);
const allow = (outbox: OutboxFile) => outbox.exec('DROP TRIGGER refuse');
const rowOf = async (outbox: OutboxFile, n: number) => (await outbox.rows()).find(({ id }) => id === ulid(n));
const url = 'http://192.0.2.1/';

describe('a webhook that cannot be claimed', () => {
  it('delays no other, is logged with its failures, and is sent as soon as it can be claimed', async () => {
    const opened = await createOutboxFile();
    const { outbox, clock } = opened;
    for (const n of [1, 2, 3]) await outbox.add(n, { url: `http://192.0.2.${n}/`, created_at: NOW });
    await refuse(outbox, `ON hdp_webhooks WHEN new.id = '${ulid(1)}'`);
    const { sent, count } = start(opened);
    await until(() => sent.length === 2);
    expect([...sent].sort()).toEqual([ulid(2), ulid(3)]);
    clock.now += 1000;
    await until(() => count('"failures":2') === 1);
    expect(count('webhook cannot be taken')).toBe(2);
    expect(count('webhooks cannot be taken')).toBe(0);
    await allow(outbox);
    clock.now += 2000;
    await until(async () => (await rowOf(outbox, 1))?.delivered_at !== null);
    expect(sent).toHaveLength(3);
  });
});

describe('a webhook whose result cannot be recorded', () => {
  it.each([
    ['within a day of its creation', NOW],
    ['later than a day after its creation', NOW - 25 * HOUR_MS],
  ])('is sent once and ended if only the write of its delivery is refused, %s', async (_, created_at) => {
    const opened = await createOutboxFile();
    const { outbox } = opened;
    await outbox.add(1, { url, created_at });
    await refuse(outbox, 'OF delivered_at ON hdp_webhooks');
    const { sent } = start(opened, { msPerPoll: 30_000 });
    await until(async () => (await rowOf(outbox, 1))?.due_at === null);
    expect(sent).toEqual([ulid(1)]);
    expect(await rowOf(outbox, 1)).toMatchObject({
      attempts: 1,
      delivered_at: null,
      last_error: 'delivered, but the database refused to record it',
    });
  });

  it('is not sent again while its process runs; the result is recorded as soon as possible', async () => {
    const opened = await createOutboxFile();
    const { outbox, clock } = opened;
    await outbox.add(1, { url, created_at: NOW });
    await refuse(outbox, 'ON hdp_webhooks WHEN new.attempts = old.attempts');
    const { sent, count } = start(opened, { msPerPoll: 5000 });
    await until(() => clock.now > NOW + 20 * 60_000 && count('webhook not recorded') > 3);
    expect(sent).toEqual([ulid(1)]);
    await allow(outbox);
    await until(async () => typeof (await rowOf(outbox, 1))?.delivered_at === 'number');
    expect(sent).toEqual([ulid(1)]);
  });

  it('is retried only after the regular pause of a failure', async () => {
    const opened = await createOutboxFile();
    const { outbox, clock } = opened;
    await outbox.add(1, { url, created_at: NOW, attempts: 7 });
    await refuse(outbox, 'OF last_error ON hdp_webhooks');
    const { sent } = start(opened, { status: 500 });
    await until(() => sent.length === 1);
    clock.now += 10 * 60_000;
    await setTimeout(50);
    expect(sent).toHaveLength(1);
    clock.now += 12 * 60_000;
    await until(() => sent.length === 2);
  });

  it('is retried by other processes for a day, and then abandoned', async () => {
    const opened = await createOutboxFile();
    const { outbox, clock } = opened;
    await outbox.add(1, { url, created_at: NOW - DAY_MS, attempts: 5, due_at: NOW });
    await outbox.add(2, { url, created_at: NOW - DAY_MS, attempts: 5, due_at: NOW + 1 });
    const { sent, count } = start(opened);
    await until(() => sent.length === 1);
    clock.now += 1;
    await until(async () => (await rowOf(outbox, 2))?.due_at === null);
    expect(sent).toEqual([ulid(1)]);
    expect(await rowOf(outbox, 2)).toMatchObject({
      attempts: 5,
      delivered_at: null,
      last_error: 'its day was over before the result of an attempt could be recorded',
    });
    expect(count('webhook given up')).toBe(1);
  });

  it('is sent again if an operator resends it', async () => {
    const opened = await createOutboxFile();
    const { outbox } = opened;
    await outbox.add(1, { url, created_at: NOW });
    await refuse(outbox, 'ON hdp_webhooks WHEN new.attempts = old.attempts');
    const { sent, count } = start(opened);
    await until(() => count('webhook not recorded') === 1);
    await opened.stores[0]?.hdpWebhooks.resend(ulid(1));
    await until(() => sent.length === 2);
  });
});
