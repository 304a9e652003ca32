import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { webhookHeaders } from '../../src/webhooks/signature.ts';

const NOW = Date.parse('2026-06-01T12:00:00.999Z');
const sha256 = (text: string) => createHash('sha256').update(text).digest();

/** Runs the README's example as a receiver would. */
function isOurs(apiKey: string, headers: Record<string, string>, body: string): unknown {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, example = ''] = /```js\n(import .*?)```/s.exec(readme) ?? [];
  const code = `${example.replace(/^import .*\n/, '')}\nreturn isOurs;`;
  const names = ['createHash', 'createHmac', 'timingSafeEqual', 'API_KEY', 'headers', 'body'];
  return new Function(...names, code)(createHash, createHmac, timingSafeEqual, apiKey, headers, body);
}

describe('the signature of a webhook', () => {
  const body = '{"status":"TaskDecommitmentCompleted","text":"é"}';
  const headers = webhookHeaders({ id: '01JPJ03YJT', body, keyHash: sha256('my key') }, NOW);
  const received = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );

  it('comes with the id and the time of the attempt', () => {
    expect(headers).toEqual({
      'X-Taskgate-Webhook-Id': '01JPJ03YJT',
      'X-Taskgate-Timestamp': '1780315200',
      'X-Taskgate-Signature': expect.stringMatching(/^sha256=[0-9a-f]{64}$/),
    });
  });

  it("satisfies the README's example, which nothing altered does", () => {
    expect(isOurs('my key', received, body)).toBe(true);
    expect(isOurs('another key', received, body)).toBe(false);
    expect(isOurs('my key', received, `${body} `)).toBe(false);
    expect(isOurs('my key', { ...received, 'x-taskgate-timestamp': '1780315201' }, body)).toBe(false);
    const { 'x-taskgate-signature': _, ...unsigned } = received;
    expect(isOurs('my key', unsigned, body)).toBe(false);
  });

  it('is left out where no key made the task', () => {
    expect(webhookHeaders({ id: '1', body, keyHash: null }, NOW)).not.toHaveProperty('X-Taskgate-Signature');
  });
});
