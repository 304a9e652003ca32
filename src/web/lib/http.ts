/** Requests to the API of this host. */
import { endSentence } from './sentence.ts';

/** Why there is no answer, or no success. */
export interface Failure {
  /** The HTTP status; 0 if there is no answer, and 200 if the answer is not readable. */
  status: number;
  /** One sentence with its full stop: the server's, if it sent one. */
  message: string;
  /** Milliseconds to wait before the next request, if the server named them. */
  retryAfterMs?: number;
}

export type Answer =
  | { kind: 'ok'; text: string; headers: Headers }
  | { kind: 'not-modified' }
  | { kind: 'failed'; failure: Failure };

export interface RequestOptions {
  method?: 'GET' | 'POST';
  headers?: Readonly<Record<string, string>>;
  body?: string;
  signal?: AbortSignal;
  /** A request that takes longer has failed. Default: 30 seconds. */
  timeoutMs?: number;
}

const TIMEOUT_MS = 30_000;

const UNSENDABLE = 'The credentials contain a character that cannot be sent. Check what you pasted.';

/**
 * Sends a request. Nothing enters the cache of the browser, so that no answer of a chain stays on the disk.
 * @throws DOMException if the signal aborts the request
 */
export async function send(path: string, options: RequestOptions = {}): Promise<Answer> {
  const { timeoutMs = TIMEOUT_MS } = options;
  const headers = parseHeaders({ accept: 'application/json', ...options.headers });
  if (!headers) return { kind: 'failed', failure: { status: 0, message: UNSENDABLE } };
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  try {
    const response = await fetch(path, {
      method: options.method ?? 'GET',
      headers,
      body: options.body ?? null,
      signal: options.signal ? AbortSignal.any([options.signal, timeout.signal]) : timeout.signal,
      cache: 'no-store',
      credentials: 'omit',
    });
    if (response.status === 304) return { kind: 'not-modified' };
    const text = await response.text();
    if (response.ok) return { kind: 'ok', text, headers: response.headers };
    return { kind: 'failed', failure: failureOf(response, text) };
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return {
      kind: 'failed',
      failure: { status: 0, message: unansweredMessage(timeout.signal.aborted, timeoutMs) },
    };
  } finally {
    clearTimeout(timer);
  }
}

/** Returns undefined if a value has a character that no header can have. Only credentials are typed by the reader. */
function parseHeaders(values: Readonly<Record<string, string>>): Headers | undefined {
  try {
    return new Headers(values);
  } catch {
    return undefined;
  }
}

function unansweredMessage(isTimeout: boolean, timeoutMs: number): string {
  if (isTimeout) return `The server did not answer within ${timeoutMs / 1000} seconds.`;
  return navigator.onLine ? 'The server cannot be reached.' : 'This device is offline.';
}

function failureOf({ status, headers }: Response, text: string): Failure {
  const retryAfterMs = parseRetryAfter(headers.get('retry-after'));
  return {
    status,
    message: endSentence(messageOf(text) || `The server answered with status ${status}.`),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** Returns the milliseconds of a `Retry-After` in seconds, or undefined for others. */
function parseRetryAfter(text: string | null): number | undefined {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) * 1000 : undefined;
}

/** Returns the sentence of an error body of either API (contract A2, B1). */
function messageOf(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text);
    if (typeof error === 'string') return error;
    return typeof error?.description === 'string' ? error.description : undefined;
  } catch {
    return undefined;
  }
}
