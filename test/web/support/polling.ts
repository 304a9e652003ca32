/** Polls with a stand-in for the network, and a clock of their own. */
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { type PollOptions, type PollState, startPolling } from '../../../src/web/lib/poller.ts';

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

/** The requests of the test so far. */
export let requests: Request[];
export let visibility: Visibility;
export let network: EventTarget;
let isOnline: boolean;
let started: { stop(): void }[];

/** Lets answers arrive. */
export const settled = () => vi.advanceTimersByTimeAsync(0);
export const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
/** Returns the latest request. */
export const latest = () => requests.at(-1) ?? expect.unreachable('There was no request.');

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
export function poll<Data = unknown>(options: Partial<PollOptions<Data>> = {}) {
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

/** Shows the page after it was hidden for a moment. */
export function showAgain(): void {
  visibility.setHidden(true);
  visibility.setHidden(false);
}

/** Lets much time pass, and gives a poll every reason to ask but a wish of the reader. */
export async function disturb(): Promise<void> {
  await pass(600_000);
  showAgain();
  network.dispatchEvent(new Event('online'));
  await pass(60_000);
}

/** Sets whether the device has a network. */
export function setOnline(online: boolean): void {
  isOnline = online;
}

/** Prepares each test of a file. Expects that no timer is left. */
export function usePolling(): void {
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
}
