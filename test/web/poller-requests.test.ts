/** Requirement 5 of the pages: when a poll makes a request. */
import { describe, expect, it, vi } from 'vitest';
import { disturb, latest, pass, poll, requests, showAgain, usePolling } from './support/polling.ts';

usePolling();

describe('the requests of a poll (5)', () => {
  it('has one request under way, however often the reader refreshes', async () => {
    const { poller } = poll();
    poller.refresh();
    await pass(20_000);
    poller.refresh();
    expect(requests).toHaveLength(1);
  });

  it('makes at most 14 requests in any minute, also if the reader refreshes all the time', async () => {
    const { poller } = poll();
    for (let step = 0; step < 3000; step++) {
      await latest().answer(200, {}, { etag: '"1"' });
      poller.refresh();
      await pass(100);
    }
    const times = requests.map(({ at }) => at);
    expect(times.length).toBeGreaterThan(55);
    for (const start of times) {
      expect(times.filter((time) => time >= start && time <= start + 60_000).length).toBeLessThanOrEqual(14);
    }
  });

  it('makes a refresh at once while the limit allows it', async () => {
    const { poller } = poll();
    await latest().answer(200, {});
    await pass(100);
    poller.refresh();
    expect(requests).toHaveLength(2);
  });

  it('asks 5 seconds after an answer, with its ETag', async () => {
    const { state } = poll();
    expect(latest().etag).toBeNull();
    await latest().answer(200, { total: 1 }, { etag: '"1"' });
    expect(state()).toMatchObject({ last: { data: { total: 1 } }, nextAt: Date.now() + 5000 });
    await pass(4999);
    expect(requests).toHaveLength(1);
    await pass(1);
    expect(requests).toHaveLength(2);
    expect(latest().etag).toBe('"1"');
  });

  it('confirms the data by a 304', async () => {
    const { state } = poll();
    await latest().answer(200, { total: 1 }, { etag: '"1"' });
    const first = state();
    await pass(5000);
    await latest().answer(304);
    expect(state().last).toBe(first.last);
    expect(state().confirmedAt).toBe(Date.now());
    expect(first.confirmedAt).toBe(Date.now() - 5000);
  });

  it('does not poll a task that has ended, not even when the page is shown again', async () => {
    const { poller, state } = poll<{ status: string }>({ canChange: ({ status }) => status !== 'DONE' });
    await latest().answer(200, { status: 'READY' });
    await pass(5000);
    await latest().answer(200, { status: 'DONE' });
    expect(state()).toMatchObject({ isFinal: true, nextAt: undefined });
    await disturb();
    expect(requests).toHaveLength(2);
    poller.refresh();
    expect(requests).toHaveLength(3);
  });

  it.each([429, 503])('waits for Retry-After after %i, also if the reader refreshes', async (status) => {
    const { poller, state } = poll();
    await latest().answer(status, { error: 'Busy.' }, { 'retry-after': '40' });
    expect(state()).toMatchObject({
      failure: { status, message: 'Busy.', retryAfterMs: 40_000 },
      nextAt: Date.now() + 40_000,
    });
    await pass(20_000);
    poller.refresh();
    showAgain();
    await pass(19_999);
    expect(requests).toHaveLength(1);
    await pass(1);
    expect(requests).toHaveLength(2);
  });

  it('keeps its intervals and the wait of Retry-After when the clock is set back by an hour', async () => {
    poll();
    await latest().answer(200, {});
    vi.setSystemTime(Date.now() - 3_600_000);
    await pass(5000);
    expect(requests).toHaveLength(2);
    await latest().answer(503, {}, { 'retry-after': '40' });
    vi.setSystemTime(Date.now() - 3_600_000);
    await pass(39_999);
    expect(requests).toHaveLength(2);
    await pass(1);
    expect(requests).toHaveLength(3);
  });

  it('asks less often while requests fail, at last once a minute, and as often as before after a success', async () => {
    poll();
    for (const wait of [10_000, 20_000, 40_000, 60_000, 60_000]) {
      const count = requests.length;
      await latest().fail();
      await pass(wait - 1);
      expect(requests).toHaveLength(count);
      await pass(1);
      expect(requests).toHaveLength(count + 1);
    }
    await latest().answer(200, {});
    const count = requests.length;
    await pass(5000);
    expect(requests).toHaveLength(count + 1);
  });

  it.each([400, 401, 403, 404])('stops after %i, which the reader must resolve', async (status) => {
    const { poller } = poll();
    await latest().answer(status, { error: 'No.' });
    await disturb();
    expect(requests).toHaveLength(1);
    poller.refresh();
    expect(requests).toHaveLength(2);
  });
});
