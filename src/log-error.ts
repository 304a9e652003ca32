import type { Logger } from 'pino';
import { isUnavailable } from './db/open.ts';
import { messageOf } from './lib/text.ts';

/**
 * Logs an error of a request or of background work. An unavailable database is no bug, so it is a warning without a stack
 * trace: `reason` has its message.
 */
export function logError(
  log: Pick<Logger, 'warn' | 'error'>,
  error: unknown,
  message: string,
  fields: object = {},
): void {
  if (isUnavailable(error)) log.warn({ reason: messageOf(error), ...fields }, message);
  else log.error({ err: error, ...fields }, message);
}
