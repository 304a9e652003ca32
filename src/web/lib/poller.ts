/** Keeps a response of the API current: asks again with its ETag, and less often while that fails. */
import { type Failure, send } from './http.ts';

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
}

export type RequestHeaders = Readonly<Record<string, string>>;

export interface PollOptions<Data> {
  path: string;
  /** A function is called before each request, so that the headers can change without a new start. */
  headers?: RequestHeaders | (() => RequestHeaders);
  parse(text: string): Data;
  onChange(state: PollState<Data>): void;
  /** Returns false if the data cannot change any more. */
  canChange?(data: Data): boolean;
  isPaused?: boolean;
  /** Tells whether the page is visible. Default: the document. */
  visibility?: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'>;
}

/** At most 14 requests a minute, with those of a reader who asks for a refresh. */
const INTERVAL_MS = 5000;
const MAX_INTERVAL_MS = 60_000;

export interface Poller {
  /** Asks now. */
  refresh(): void;
  setPaused(isPaused: boolean): void;
  stop(): void;
}

const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError';

export function startPolling<Data>(options: PollOptions<Data>): Poller {
  const { path, headers, parse, onChange, canChange = () => true, visibility = document } = options;
  let state: PollState<Data> = {
    ...{ last: undefined, confirmedAt: undefined, failure: undefined },
    isLoading: true,
  };
  let isPaused = options.isPaused ?? false;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: AbortController | undefined;

  const update = (changes: Partial<PollState<Data>>) => {
    state = { ...state, ...changes };
    onChange(state);
  };

  async function ask(): Promise<void> {
    clearTimeout(timer);
    if (running) return;
    const controller = new AbortController();
    running = controller;
    update({ isLoading: true });
    const etag = state.last?.headers.get('etag');
    const conditional = etag ? { 'if-none-match': etag } : {};
    try {
      const answer = await send(path, {
        headers: { ...(typeof headers === 'function' ? headers() : headers), ...conditional },
        signal: controller.signal,
      });
      running = undefined;
      failures = answer.kind === 'failed' ? failures + 1 : 0;
      if (answer.kind === 'failed') update({ failure: answer.failure, isLoading: false });
      else {
        const last =
          answer.kind === 'ok'
            ? { data: parse(answer.text), headers: answer.headers, text: answer.text }
            : state.last;
        update({ last, confirmedAt: Date.now(), failure: undefined, isLoading: false });
      }
      schedule();
    } catch (error) {
      if (!isAbort(error)) throw error;
    }
  }

  function schedule(): void {
    clearTimeout(timer);
    const { failure, last } = state;
    if (isPaused || visibility.hidden || (last && !failure && !canChange(last.data))) return;
    // These do not pass by themselves; the reader must act.
    if (failure && [400, 401, 403, 404].includes(failure.status)) return;
    const backoff = Math.min(INTERVAL_MS * 2 ** failures, MAX_INTERVAL_MS);
    timer = setTimeout(ask, Math.max(backoff, failure?.retryAfterMs ?? 0));
  }

  const onVisibility = () => {
    if (visibility.hidden) clearTimeout(timer);
    else if (!isPaused && (!state.last || state.failure || canChange(state.last.data))) void ask();
  };
  visibility.addEventListener('visibilitychange', onVisibility);
  void ask();

  return {
    refresh: () => void ask(),
    setPaused(paused) {
      isPaused = paused;
      schedule();
    },
    stop() {
      clearTimeout(timer);
      running?.abort();
      visibility.removeEventListener('visibilitychange', onVisibility);
    },
  };
}
