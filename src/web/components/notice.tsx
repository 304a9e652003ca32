/** What a view says instead of rows. */
import type { ComponentChildren } from 'preact';
import type { Failure } from '../lib/http.ts';
import { Countdown } from './time.tsx';

export function Notice({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="notice">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

interface FailureNoticeProps {
  failure: Failure;
  /** Unix milliseconds of the next request. */
  nextAt?: number | undefined;
  retry(): void;
}

/** Tells why there is nothing to show, and what to do. */
export function FailureNotice({ failure, nextAt, retry }: FailureNoticeProps) {
  const { status, message, retryAfterMs } = failure;
  return (
    <Notice title={titleOf(status)}>
      <p>{message}</p>
      {retryAfterMs !== undefined && <p>The server asks to wait {retryAfterMs / 1000} seconds.</p>}
      {nextAt !== undefined && (
        <p>
          The next attempt is in <Countdown time={nextAt} />.
        </p>
      )}
      <button type="button" onClick={retry}>
        Try again
      </button>
    </Notice>
  );
}

function titleOf(status: number): string {
  if (status === 0) return 'No answer';
  if (status === 400) return 'The server does not accept this request';
  if (status === 401) return 'Not signed in';
  if (status === 403) return 'No access';
  if (status === 404) return 'Not found';
  if (status === 409) return 'Conflict with the current state';
  if (status === 429 || status === 503) return 'The server is busy';
  return 'The request failed';
}
