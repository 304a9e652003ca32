import { parseHttpDate } from '../http/http-date.ts';
import { DAY_MS, HOUR_MS } from '../time.ts';

const FIRST_PAUSE_MS = 10_000;
const MAX_PAUSE_MS = HOUR_MS;

/** Attempts of a webhook that has waited for longer than a day, if no result is recorded. */
const MAX_LATE_ATTEMPTS = 3;

/**
 * Returns when a webhook is tried next after a failure, in Unix milliseconds; null when it is given up, a day after its
 * task ended. The pauses double from 10 seconds to an hour, and are shortened at random by up to a half, so that the
 * webhooks of a receiver that was down do not come back all at once. A pause that the receiver asks for replaces this,
 * but is at least a tenth of it and at most an hour.
 * @param attempts attempts made so far, from 1
 * @param random from 0 to below 1
 * @param requestedPauseMs the pause that the receiver asks for
 */
export function nextAttempt(
  { attempts, createdAt }: { attempts: number; createdAt: number },
  now: number,
  random: number,
  requestedPauseMs?: number,
): number | null {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** (attempts - 1), MAX_PAUSE_MS);
  const chosen =
    requestedPauseMs === undefined
      ? Math.ceil(pause * (1 - random / 2))
      : Math.min(Math.max(requestedPauseMs, pause / 10), MAX_PAUSE_MS);
  const next = now + chosen;
  return next <= createdAt + DAY_MS ? next : null;
}

/**
 * True if a webhook is given up before another attempt, because no result of the last one was recorded and its day is over.
 * A few attempts are made even then: the process that made the last one may have ended. An attempt that was due within the
 * day is made, however late.
 */
export const isDayOver = ({
  attempts,
  createdAt,
  dueAt,
}: {
  attempts: number;
  createdAt: number;
  dueAt: number;
}): boolean => attempts >= MAX_LATE_ATTEMPTS && dueAt > createdAt + DAY_MS;

/**
 * Returns the pause that a `Retry-After` header asks for, in milliseconds; undefined if it is neither a number of
 * seconds nor an HTTP-date (RFC 9110, 10.2.3).
 */
export function parseRetryAfter(text: string, now: number): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = parseHttpDate(text);
  return date === undefined ? undefined : Math.max(0, date * 1000 - now);
}
