import { setTimeout } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startOutbox } from '../../src/webhooks/outbox.ts';
import { NOW } from '../support/gateway.ts';
import { createOutboxFile } from '../support/outbox.ts';

it('finds a webhook to a free host behind 1,500 to a busy one, the first time that it looks', async () => {
  const { outbox: file, stores } = await createOutboxFile();
  for (let n = 0; n < 1500; n += 1) file.add(n, { url: 'http://busy.example/', due_at: n });
  file.add(1500, { url: 'http://free.example/', due_at: NOW });
  const hosts: string[] = [];
  for (const { hdpWebhooks } of stores) {
    const outbox = startOutbox({
      webhooks: hdpWebhooks,
      post: async ({ url }, signal) => {
        hosts.push(new URL(url).hostname);
        // Receivers that do not respond: no end of an attempt makes the outbox look again.
        await setTimeout(600_000, undefined, { signal });
        throw new Error('no response');
      },
      log: pino({ level: 'silent' }),
      now: () => NOW,
      random: () => 0,
      pollIntervalMs: 600_000,
    });
    onTestFinished(() => outbox.stop());
  }
  await vi.waitUntil(() => hosts.includes('free.example'), { timeout: 10_000, interval: 5 });
  expect(hosts.filter((host) => host === 'busy.example').length).toBeLessThan(8);
});
