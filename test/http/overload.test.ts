import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createOverloadDetector } from '../../src/http/overload.ts';
import { asChain, createTestGateway } from '../support/gateway.ts';
import { openServer } from '../support/http-server.ts';

function block(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

describe('an overloaded server', () => {
  it('answers 503 with Retry-After in the shape of each API, and its health check', async () => {
    const { app, store } = await createTestGateway({ isOverloaded: true });
    const hdp = await app.request('http://hdp.test/tasks');
    expect([hdp.status, hdp.headers.get('retry-after'), await hdp.json()]).toEqual([
      ...[503, '1'],
      { error: 'Service unavailable' },
    ]);
    const headers = await asChain(store, 1);
    const services = await app.request('http://services.test/tasks', { headers });
    expect([services.status, services.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await services.json()).toMatchObject({ error: { code: 9053 } });
    expect((await app.request('http://hdp.test/is-alive')).status).toBe(200);
  });

  it('does no work before: it reads no credentials', async () => {
    const { app, store } = await createTestGateway({ isOverloaded: true });
    const find = vi.spyOn(store.access, 'findToken');
    const headers = { Authorization: 'Bearer a:b' };
    expect((await app.request('http://services.test/tasks', { headers })).status).toBe(503);
    expect(find).not.toHaveBeenCalled();
  });

  it('still sends cached responses, which cost less than an error', async () => {
    let isOverloaded = false;
    const { ask } = await openServer({ isOverloaded: () => isOverloaded });
    const headers = { Host: 'hdp.test' };
    await ask('/tasks', headers);
    isOverloaded = true;
    expect(await ask('/tasks', headers)).toMatchObject({ status: 200, wasCached: true });
    expect(await ask('/tasks?hdp_tasks_page=2', headers)).toMatchObject({ status: 503 });
  });
});

describe('the delay of the event loop', () => {
  function detect(maxDelayMs: number) {
    const detector = createOverloadDetector(maxDelayMs);
    onTestFinished(detector.stop);
    return detector;
  }

  it('is an overload while it stays high, and no more afterwards', async () => {
    const { isOverloaded } = detect(100);
    for (const end = performance.now() + 10_000; !isOverloaded() && performance.now() < end; ) {
      block(300);
      await setTimeout();
    }
    expect(isOverloaded()).toBe(true);
    await vi.waitUntil(() => !isOverloaded(), { timeout: 10_000 });
  });

  it('is no overload when one query is slow', async () => {
    const { isOverloaded } = detect(500);
    await setTimeout(300);
    block(600);
    await setTimeout(1200);
    expect(isOverloaded()).toBe(false);
  });

  it('does not matter without a limit', async () => {
    const { isOverloaded } = detect(0);
    block(300);
    expect(isOverloaded()).toBe(false);
  });
});
