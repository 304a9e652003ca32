import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CachedServer, openCachedServer } from '../../support/cached-server.ts';
import { addHdpTasks, addServicesTasks, asChain } from '../../support/gateway.ts';
import { anHdpTask, aServicesTask, ulid } from '../../support/tasks.ts';

let server: CachedServer;
beforeEach(async () => {
  server = await openCachedServer();
});
afterEach(() => server.close());

describe('a cached response with figures', () => {
  it('is sent until a task changes', async () => {
    const ask = () => server.ask('/figures?buckets=1', { Host: 'hdp.test' });
    for (let n = 1; n <= 3; n += 1) {
      await addHdpTasks(server.writer, anHdpTask({ uuid: ulid(n) }));
      expect(JSON.parse((await ask()).body).total).toBe(n);
      expect((await ask()).wasCached).toBe(true);
    }
  });

  it('is sent until the hour is over', async () => {
    const ask = () => server.ask('/figures?buckets=1', { Host: 'hdp.test' });
    await ask();
    server.time.now += 3_599_999;
    const last = await ask();
    expect(last.wasCached).toBe(true);
    expect(JSON.parse(last.body).created.buckets[0].start).toBe('2026-06-01T12:00:00Z');
    server.time.now += 1;
    const next = await ask();
    expect(next.wasCached).toBe(false);
    expect(JSON.parse(next.body).created.buckets[0].start).toBe('2026-06-01T13:00:00Z');
  });

  it('is not sent after the clock was set back to an earlier hour or day', async () => {
    const ask = async (interval: string) => {
      const { body, wasCached } = await server.ask(`/figures?interval=${interval}&buckets=1`, {
        Host: 'hdp.test',
      });
      return { start: JSON.parse(body).created.buckets[0].start, wasCached };
    };
    await ask('hour');
    await ask('day');
    server.time.now -= 1;
    expect(await ask('hour')).toEqual({ start: '2026-06-01T11:00:00Z', wasCached: false });
    expect(await ask('day')).toEqual({ start: '2026-06-01T00:00:00Z', wasCached: true });
    server.time.now -= 43_200_000;
    expect(await ask('day')).toEqual({ start: '2026-05-31T00:00:00Z', wasCached: false });
  });

  it('is sent to its own chain only, until one of its tasks changes', async () => {
    const [first, second] = [await asChain(server.writer, 1), await asChain(server.writer, 2)];
    const ask = (token: object) => server.ask('/figures', { Host: 'services.test', ...token });
    await addServicesTasks(server.writer, aServicesTask({ id: 1, chain: 1 }));
    await ask(first);
    expect(JSON.parse((await ask(second)).body)).toMatchObject({ chain: 2, total: 0 });
    await addServicesTasks(server.writer, aServicesTask({ id: 2, chain: 2 }));
    const unchanged = await ask(first);
    expect(unchanged.wasCached).toBe(true);
    expect(JSON.parse(unchanged.body)).toMatchObject({ chain: 1, total: 1 });
    expect(JSON.parse((await ask(second)).body)).toMatchObject({ chain: 2, total: 1 });
  });
});
