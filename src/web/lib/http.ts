/** Requests to the API of this host. */

/** Why there is no answer, or no success. */
export interface Failure {
  /** The HTTP status; 0 if the server cannot be reached. */
  status: number;
  /** One sentence: the server's, if it sent one. */
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
}

/**
 * Sends a request. Nothing enters the cache of the browser, so that no answer of a chain stays on the disk.
 * @throws DOMException if the signal aborts the request
 */
export async function send(path: string, options: RequestOptions = {}): Promise<Answer> {
  try {
    const response = await fetch(path, {
      method: options.method ?? 'GET',
      headers: { accept: 'application/json', ...options.headers },
      body: options.body ?? null,
      signal: options.signal ?? null,
      cache: 'no-store',
      credentials: 'omit',
    });
    if (response.status === 304) return { kind: 'not-modified' };
    const text = await response.text();
    if (response.ok) return { kind: 'ok', text, headers: response.headers };
    return { kind: 'failed', failure: failureOf(response, text) };
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return { kind: 'failed', failure: { status: 0, message: 'The server cannot be reached.' } };
  }
}

function failureOf({ status, headers }: Response, text: string): Failure {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return {
    status,
    message: messageOf(text) ?? `The server answered with status ${status}.`,
    ...(Number.isFinite(seconds) ? { retryAfterMs: seconds * 1000 } : {}),
  };
}

/** Returns the sentence of an error body of either API (contract A2, B1). */
export function messageOf(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text);
    if (typeof error === 'string') return error;
    return typeof error?.description === 'string' ? error.description : undefined;
  } catch {
    return undefined;
  }
}
