/** What a view says instead of rows. */
import type { ComponentChildren } from 'preact';
import type { Failure } from '../lib/http.ts';

export function Notice({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="notice">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Tells why there is nothing to show, and what to do. */
export function FailureNotice({ failure, retry }: { failure: Failure; retry(): void }) {
  const { status, message, retryAfterMs } = failure;
  return (
    <Notice title={titleOf(status)}>
      <p>{message}</p>
      {status === 0 && <p>Check your connection, and whether the service is running.</p>}
      {retryAfterMs !== undefined && <p>The server asks to wait {retryAfterMs / 1000} seconds.</p>}
      <button type="button" onClick={retry}>
        Retry
      </button>
    </Notice>
  );
}

function titleOf(status: number): string {
  if (status === 0) return 'Cannot reach the server';
  if (status === 404) return 'Not found';
  if (status === 400) return 'The server does not accept this request';
  if (status === 403) return 'No access';
  if (status === 429 || status === 503) return 'The server is busy';
  return 'The server could not answer';
}
