import { parseHttpDate } from '../http/http-date.ts';
import { DAY_MS, HOUR_MS } from '../time.ts';

const FIRST_PAUSE_MS = 10_000;
const MAX_PAUSE_MS = HOUR_MS;

/** Maximum number of attempts after the day, if no result is recorded. */
const MAX_LATE_ATTEMPTS = 3;

/**
 * Returns the time of the next attempt after a failure, in Unix milliseconds; null if it would be later than a day after
 * the end of the task. The pauses double from 10 seconds to one hour. Each is shortened at random by up to a half, so
 * that the webhooks of a receiver that was down are not sent all at once. A pause that the receiver requests replaces
 * this, but is at least a tenth of it and at most one hour.
 * @param attempts attempts made so far, from 1
 * @param random from 0 to below 1
 * @param requestedPauseMs the pause that the receiver requests
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
 * Returns true if no further attempt is made, because the day is over and the result of the last attempt was not
 * recorded. The process of that attempt may have ended, so a few attempts are made even then. An attempt that was due
 * within the day is always made.
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
 * Parses a `Retry-After` header (RFC 9110, 10.2.3). Returns milliseconds, or undefined if it is neither a number of
 * seconds nor an HTTP-date.
 */
export function parseRetryAfter(text: string, now: number): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = parseHttpDate(text);
  return date === undefined ? undefined : Math.max(0, date * 1000 - now);
}
