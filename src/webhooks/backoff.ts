import { DAY_MS } from '../time.ts';

const FIRST_MS = 10_000;
const LONGEST_MS = 3_600_000;

/**
 * When a webhook is tried next after a failure, in Unix milliseconds; null when it is given up, a day after its task
 * ended. The pauses double from 10 seconds to an hour, and are shortened at random by up to a half, so that the many
 * webhooks of a receiver that was down do not come back all at once.
 * @param attempts how many were made, from 1
 * @param random from 0 to below 1
 */
export function nextAttempt(
  { attempts, createdAt }: { attempts: number; createdAt: number },
  now: number,
  random: number,
): number | null {
  const pause = Math.min(FIRST_MS * 2 ** (attempts - 1), LONGEST_MS);
  const next = now + Math.ceil(pause * (1 - random / 2));
  return next <= createdAt + DAY_MS ? next : null;
}
