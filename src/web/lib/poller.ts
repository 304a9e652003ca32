/** Keeps a response of the API current: asks again with its ETag, and less often while that fails. */
import { type Answer, type Failure, send } from './http.ts';
import { readJson } from './read-json.ts';
import { createRequestBudget } from './request-budget.ts';

export interface Confirmed<Data> {
  data: Data;
  headers: Headers;
  /** The body as the server sent it. */
  text: string;
}

/** What is known about a response. Rows stay while a refresh fails. */
export interface PollState<Data> {
  last: Confirmed<Data> | undefined;
  /** Unix milliseconds of the last 200 or 304. */
  confirmedAt: number | undefined;
  /** Of the last request; undefined if it succeeded. */
  failure: Failure | undefined;
  isLoading: boolean;
  /** Unix milliseconds of the next request; undefined if none is planned. */
  nextAt: number | undefined;
  /** True if the data cannot change any more. */
  isFinal: boolean;
}

/** The state before the first answer. */
export const NO_STATE = {
  ...{ last: undefined, confirmedAt: undefined, failure: undefined, nextAt: undefined },
  ...{ isLoading: true, isFinal: false },
};

type EventSource = Pick<EventTarget, 'addEventListener' | 'removeEventListener'>;

export type RequestHeaders = Readonly<Record<string, string>>;

export interface PollOptions<Data> {
  path: string;
  /** A function is called before each request, so that the headers can change without a new start. */
  headers?: RequestHeaders | (() => RequestHeaders);
  /** @throws Error if the text is no such data */
  parse(text: string): Data;
  onChange(state: PollState<Data>): void;
  /** Returns false if the data cannot change any more. */
  canChange?(data: Data): boolean;
  isPaused?: boolean;
  /** Tells whether the page is visible. Default: the document. */
  visibility?: EventSource & { readonly hidden: boolean };
  /** Sends `online` and `offline`. Default: the window. */
  network?: EventSource;
}

const INTERVAL_MS = 5000;
const MAX_INTERVAL_MS = 60_000;

/** These do not pass by themselves; the reader must act. */
const PERMANENT_STATUSES: readonly number[] = [400, 401, 403, 404];

export interface Poller {
  /** Asks as soon as the limit of requests and the wait that the server named allow. */
  refresh(): void;
  /**
   * Shows a JSON text that the server has returned otherwise, such as after a write, until the next answer. A text that
   * is no such data is a failure, and the polls continue.
   */
  replace(text: string): void;
  setPaused(isPaused: boolean): void;
  /** Ends the polls. A later call of any method has no effect. */
  stop(): void;
}

/**
 * Starts to poll. At most one request is under way, at most 14 are made a minute, and none while the page is hidden. The
 * first request is made even if polling is paused.
 */
export function startPolling<Data>(options: PollOptions<Data>): Poller {
  const { path, headers, parse, onChange, canChange = () => true } = options;
  const { visibility = document, network = window } = options;
  const budget = createRequestBudget(INTERVAL_MS);
  let state: PollState<Data> = NO_STATE;
  let isPaused = options.isPaused ?? false;
  let isStopped = false;
  let failures = 0;
  /** By `performance.now()`, as a clock can be set back. The server asked for no request before. */
  let notBefore = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: AbortController | undefined;

  const update = (changes: Partial<PollState<Data>>) => {
    state = { ...state, ...changes };
    onChange(state);
  };

  /** Plans the next request, instead of the one that was planned. */
  function plan(waitMs: number): void {
    clearTimeout(timer);
    if (isStopped || visibility.hidden || running) return;
    const now = performance.now();
    const totalMs = Math.ceil(Math.max(waitMs, notBefore - now, budget.nextAt(now) - now));
    if (totalMs <= 0) return void ask();
    timer = setTimeout(ask, totalMs);
    const nextAt = Date.now() + totalMs;
    if (nextAt !== state.nextAt) update({ nextAt });
  }

  function pause(): void {
    clearTimeout(timer);
    if (state.nextAt !== undefined) update({ nextAt: undefined });
  }

  /** True if requests are made although the reader does not ask. */
  const isPolling = () => {
    const { last, failure, isFinal } = state;
    if (!last && !failure) return true;
    if (isPaused || isFinal) return false;
    return !failure || !PERMANENT_STATUSES.includes(failure.status);
  };

  async function ask(): Promise<void> {
    const controller = new AbortController();
    running = controller;
    budget.spend(performance.now());
    update({ isLoading: true, nextAt: undefined });
    const etag = state.last?.headers.get('etag');
    const conditional = etag ? { 'if-none-match': etag } : {};
    try {
      const { signal } = controller;
      const own = typeof headers === 'function' ? headers() : headers;
      const answer = await send(path, { headers: { ...own, ...conditional }, signal });
      if (!signal.aborted) settle(answer);
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    }
  }

  function settle(answer: Answer): void {
    running = undefined;
    const changes = changesOf(answer);
    const { failure } = changes;
    failures = failure ? failures + 1 : 0;
    notBefore = performance.now() + (failure?.retryAfterMs ?? 0);
    const last = changes.last ?? state.last;
    const isFinal = last !== undefined && !canChange(last.data);
    update({ ...changes, isFinal, isLoading: false });
    if (isPolling()) plan(Math.min(INTERVAL_MS * 2 ** failures, MAX_INTERVAL_MS));
  }

  function changesOf(answer: Answer): Partial<PollState<Data>> {
    const confirmed = { confirmedAt: Date.now(), failure: undefined };
    if (answer.kind === 'not-modified' && state.last) return confirmed;
    const read = readJson(answer, parse);
    if (read.kind === 'failed') return { failure: read.failure };
    const { data, text, headers: received } = read;
    return { ...confirmed, last: { data, headers: received, text } };
  }

  const onNetwork = () => {
    if (isPolling()) plan(0);
  };
  const onVisibility = () => {
    if (visibility.hidden) pause();
    else onNetwork();
  };
  visibility.addEventListener('visibilitychange', onVisibility);
  network.addEventListener('online', onNetwork);
  network.addEventListener('offline', onNetwork);
  plan(0);

  return {
    refresh: () => plan(0),
    replace(text) {
      if (isStopped) return;
      const changes = changesOf({ kind: 'ok', text, headers: new Headers() });
      if (!changes.last) return update(changes);
      // Its answer may be older than the data.
      running?.abort();
      running = undefined;
      update({ ...changes, isFinal: !canChange(changes.last.data), isLoading: false });
      if (isPolling()) plan(INTERVAL_MS);
      else pause();
    },
    setPaused(paused) {
      if (isStopped || paused === isPaused) return;
      isPaused = paused;
      if (isPolling()) plan(0);
      else pause();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      running?.abort();
      visibility.removeEventListener('visibilitychange', onVisibility);
      network.removeEventListener('online', onNetwork);
      network.removeEventListener('offline', onNetwork);
    },
  };
}
