/** Requirements 4, 6, 7 and 14 of the pages: polls of hidden pages, pauses, failures, late answers and writes. */
import { describe, expect, it } from 'vitest';
import { createParser, isText, objectOf } from '../../src/web/lib/shape.ts';
import {
  disturb,
  latest,
  network,
  pass,
  poll,
  requests,
  setOnline,
  settled,
  usePolling,
  visibility,
} from './support/polling.ts';

usePolling();

describe('a hidden page (6)', () => {
  it('makes no request, and exactly one when it is shown again', async () => {
    const { state } = poll();
    await latest().answer(200, {});
    visibility.setHidden(true);
    expect(state().nextAt).toBeUndefined();
    await pass(3_600_000);
    network.dispatchEvent(new Event('online'));
    await pass(60_000);
    expect(requests).toHaveLength(1);
    visibility.setHidden(false);
    await pass(1000);
    expect(requests).toHaveLength(2);
    await latest().answer(304);
    await pass(4000);
    expect(requests).toHaveLength(2);
  });

  it('plans no request when an answer arrives while it is hidden', async () => {
    poll();
    visibility.setHidden(true);
    await latest().answer(200, {});
    await pass(600_000);
    expect(requests).toHaveLength(1);
  });

  it('makes its first request when it is shown', async () => {
    visibility.hidden = true;
    poll({ isPaused: true });
    await pass(60_000);
    expect(requests).toHaveLength(0);
    visibility.setHidden(false);
    expect(requests).toHaveLength(1);
  });
});

describe('a paused poll (7)', () => {
  it('makes the first request only, and one at once when it is resumed', async () => {
    const { poller, state } = poll({ isPaused: true });
    await latest().answer(200, {});
    await disturb();
    expect(requests).toHaveLength(1);
    poller.setPaused(false);
    expect(requests).toHaveLength(2);
    await latest().answer(200, {});
    poller.setPaused(true);
    expect(state().nextAt).toBeUndefined();
    await pass(600_000);
    expect(requests).toHaveLength(2);
  });

  it('refreshes when the reader asks', async () => {
    const { poller } = poll({ isPaused: true });
    await latest().answer(200, {});
    poller.refresh();
    expect(requests).toHaveLength(2);
  });
});

describe('failed and late answers (4, 14)', () => {
  it('keeps the data of the last success', async () => {
    const { state } = poll();
    await latest().answer(200, { total: 1 });
    const { confirmedAt } = state();
    await pass(5000);
    await latest().answer(500, { error: { description: 'Something broke.' } });
    expect(state()).toMatchObject({
      last: { data: { total: 1 } },
      confirmedAt,
      failure: { status: 500, message: 'Something broke.' },
    });
    await pass(10_000);
    await latest().answer(304);
    expect(state().failure).toBeUndefined();
  });

  it('aborts its request when it is stopped, and reports nothing more', async () => {
    const { poller, state } = poll();
    const before = state();
    poller.stop();
    expect(latest().signal.aborted).toBe(true);
    await latest().answer(200, {});
    await pass(60_000);
    expect(state()).toBe(before);
  });

  it.each<[string, (poller: ReturnType<typeof poll>['poller']) => void]>([
    ['refresh', (poller) => poller.refresh()],
    ['replace', (poller) => poller.replace('{"total":2}')],
    ['setPaused', (poller) => poller.setPaused(false)],
  ])('does not begin again through a late %s', async (_, call) => {
    const { poller, state } = poll({ isPaused: true });
    await latest().answer(200, { total: 1 });
    poller.stop();
    const before = state();
    call(poller);
    await pass(120_000);
    expect(requests).toHaveLength(1);
    expect(state()).toBe(before);
  });

  it('ignores an answer that arrives while it is stopped', async () => {
    const { poller, state } = poll();
    const before = state();
    const answered = latest().answer(200, {});
    poller.stop();
    await answered;
    expect(state()).toBe(before);
  });

  it.each(['demo:sécret…', 'demo:secret\n'])(
    'says that the credentials %j cannot be sent',
    async (secret) => {
      const { state } = poll({ headers: { authorization: `Bearer ${secret}x` } });
      await settled();
      expect(requests).toHaveLength(0);
      expect(state().failure).toEqual({
        status: 0,
        message: 'The credentials contain a character that cannot be sent. Check what you pasted.',
      });
    },
  );

  it('fails a request without an answer after 30 seconds, and asks again', async () => {
    const { state } = poll();
    await pass(30_000);
    expect(latest().signal.aborted).toBe(true);
    expect(state()).toMatchObject({
      failure: { status: 0, message: 'The server did not answer within 30 seconds.' },
      isLoading: false,
    });
    await pass(10_000);
    expect(requests).toHaveLength(2);
  });

  it('tells an offline device from a server that cannot be reached', async () => {
    const { state } = poll();
    await latest().fail();
    expect(state().failure).toEqual({ status: 0, message: 'The server cannot be reached.' });
    setOnline(false);
    await pass(10_000);
    await latest().fail();
    expect(state().failure).toEqual({ status: 0, message: 'This device is offline.' });
  });

  it.each(['offline', 'online'])('asks when the device goes %s', async (event) => {
    poll();
    await latest().answer(200, {});
    network.dispatchEvent(new Event(event));
    expect(requests).toHaveLength(2);
  });

  it('treats an unreadable answer as a failure', async () => {
    const { state } = poll();
    await latest().answer(200, '<html>Sign in to this network</html>');
    expect(state().failure?.message).toBe('The answer of the server is not readable.');
    await pass(10_000);
    await latest().answer(200, { total: 1 });
    expect(state()).toMatchObject({ last: { data: { total: 1 } }, failure: undefined });
  });

  it.each(['null', '[]', '{}', '{"state":{}}'])(
    'treats %s, which has another shape, as a failure',
    async (text) => {
      const { state } = poll<{ state: { code: string } }>({
        parse: createParser(objectOf({ state: objectOf({ code: isText }) })),
        canChange: ({ state: { code } }) => code.length > 0,
      });
      await latest().answer(200, { state: { code: 'READY' } });
      for (const wait of [5000, 10_000, 20_000]) {
        await pass(wait);
        await latest().answer(200, text);
        expect(state()).toMatchObject({
          last: { data: { state: { code: 'READY' } } },
          failure: { message: 'The answer of the server is not readable.' },
          isLoading: false,
        });
      }
      expect(requests).toHaveLength(4);
      await pass(40_000);
      await latest().answer(200, { state: { code: 'READY' } });
      expect(state().failure).toBeUndefined();
      expect(requests).toHaveLength(5);
    },
  );

  it('treats a 304 as a failure if there is no data', async () => {
    const { state } = poll();
    await latest().answer(304);
    expect(state()).toMatchObject({ confirmedAt: undefined, failure: { status: 200 } });
    await pass(10_000);
    expect(requests).toHaveLength(2);
  });

  it.each([
    ['40', 40_000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    ['-1', undefined],
  ])('reads Retry-After: %s', async (value, retryAfterMs) => {
    const { state } = poll();
    await latest().answer(503, {}, { 'retry-after': value });
    expect(state().failure?.retryAfterMs).toBe(retryAfterMs);
  });
});

describe('data that a write returned (7)', () => {
  it('is shown at once, and no older answer replaces it', async () => {
    const { poller, state } = poll<{ total: number }>();
    await latest().answer(200, { total: 1 }, { etag: '"1"' });
    await pass(5000);
    const older = latest();
    poller.replace('{"total":2.0}');
    expect(older.signal.aborted).toBe(true);
    await older.answer(200, { total: 1 });
    expect(state()).toMatchObject({ last: { data: { total: 2 }, text: '{"total":2.0}' }, isLoading: false });
    await pass(5000);
    expect(latest()).not.toBe(older);
    expect(latest().etag).toBeNull();
  });

  it.each([true, false])(
    'is a failure if it is not readable, and the polls continue (running: %s)',
    async (isRunning) => {
      const { poller, state } = poll<{ total: number }>();
      await latest().answer(200, { total: 1 });
      if (isRunning) await pass(5000);
      poller.replace('<html>Sign in to this network</html>');
      expect(latest().signal.aborted).toBe(false);
      expect(state()).toMatchObject({
        last: { data: { total: 1 } },
        failure: { message: 'The answer of the server is not readable.' },
      });
      if (!isRunning) await pass(5000);
      expect(requests).toHaveLength(2);
      await latest().answer(200, { total: 2 });
      expect(state()).toMatchObject({ last: { data: { total: 2 } }, failure: undefined });
      await pass(5000);
      expect(requests).toHaveLength(3);
    },
  );
});
