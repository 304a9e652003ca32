/** Requirements 4 to 7 and 14 of the pages: requests of a poll, with a stand-in for the network and a clock of its own. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type PollOptions, type PollState, startPolling } from '../../src/web/lib/poller.ts';

interface Request {
  path: string;
  etag: string | null;
  at: number;
  signal: AbortSignal;
  answer(status: number, body?: unknown, headers?: Record<string, string>): Promise<void>;
  fail(): Promise<void>;
}

/** A page that can be hidden. */
class Visibility extends EventTarget {
  hidden = false;
  setHidden(hidden: boolean) {
    this.hidden = hidden;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

let requests: Request[];
let visibility: Visibility;
let network: EventTarget;
let isOnline: boolean;
let started: { stop(): void }[];

const settled = () => vi.advanceTimersByTimeAsync(0);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const latest = () => requests.at(-1) ?? expect.unreachable('There was no request.');

/** A `fetch` that waits for the test to answer. */
function fetchStub(path: string, { headers, signal }: { headers: Headers; signal: AbortSignal }) {
  return new Promise<Response>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    requests.push({
      path,
      etag: headers.get('if-none-match'),
      at: Date.now(),
      signal,
      answer(status, body, answered = {}) {
        const text = status === 304 ? null : typeof body === 'string' ? body : JSON.stringify(body);
        resolve(new Response(text, { status, headers: answered }));
        return settled().then(() => undefined);
      },
      fail() {
        reject(new TypeError('Failed to fetch'));
        return settled().then(() => undefined);
      },
    });
  });
}

/** Starts a poll that is stopped after the test. */
function poll<Data = unknown>(options: Partial<PollOptions<Data>> = {}) {
  const states: PollState<Data>[] = [];
  const poller = startPolling<Data>({
    path: '/tasks',
    parse: (text) => JSON.parse(text),
    onChange: (state) => void states.push(state),
    visibility,
    network,
    ...options,
  });
  started.push(poller);
  return { poller, state: () => states.at(-1) ?? expect.unreachable('There is no state.') };
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000_000_000 });
  requests = [];
  started = [];
  visibility = new Visibility();
  network = new EventTarget();
  isOnline = true;
  vi.stubGlobal('fetch', fetchStub);
  vi.stubGlobal('navigator', {
    get onLine() {
      return isOnline;
    },
  });
});
afterEach(async () => {
  for (const poller of started) poller.stop();
  await settled();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

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
    await pass(600_000);
    visibility.setHidden(true);
    visibility.setHidden(false);
    network.dispatchEvent(new Event('online'));
    await pass(600_000);
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
    visibility.setHidden(true);
    visibility.setHidden(false);
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
    await pass(600_000);
    visibility.setHidden(true);
    visibility.setHidden(false);
    network.dispatchEvent(new Event('online'));
    await pass(60_000);
    expect(requests).toHaveLength(1);
    poller.refresh();
    expect(requests).toHaveLength(2);
  });
});

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
    await pass(600_000);
    visibility.setHidden(true);
    visibility.setHidden(false);
    network.dispatchEvent(new Event('online'));
    await pass(60_000);
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
    isOnline = false;
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
});
