import type { Logger } from 'pino';
import { isFrozen } from './db/open.ts';

/** The pause between two warnings. */
const INTERVAL_MS = 60_000;

/**
 * Creates a function for background work, which tries again all the time: it logs once a minute that the database is frozen.
 * @param now Unix milliseconds
 * @returns a function that returns false for any other error
 */
export function createFrozenWarning(
  log: Pick<Logger, 'warn'>,
  now: () => number,
): (error: unknown) => boolean {
  let loggedAt = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (!isFrozen(error)) return false;
    if (now() - loggedAt >= INTERVAL_MS) {
      log.warn('the database is frozen, so no task runs and no webhook is sent until taskgate unfreeze');
      loggedAt = now();
    }
    return true;
  };
}
