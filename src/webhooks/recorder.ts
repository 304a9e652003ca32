/** Records the results of attempts. A result that cannot be recorded stays pending, and its webhook is not sent again. */
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { isUnavailable } from '../db/open.ts';
import type { DueWebhook, HdpWebhookQueries, WebhookAttempt } from '../db/queries/hdp-webhooks.ts';
import { createRetryPauses } from '../lib/retry-pauses.ts';
import { logError } from '../log-error.ts';
import type { AttemptResult } from './attempt.ts';

export interface RecorderOptions {
  webhooks: Pick<HdpWebhookQueries, 'markDelivered' | 'recordFailure'>;
  log: Pick<Logger, 'error' | 'warn'>;
  /** Unix milliseconds. */
  now(): number;
}

export interface Recorder {
  /** Records the result of an attempt. If that fails, the result stays pending. @returns true if it was recorded */
  record(attempt: WebhookAttempt, result: AttemptResult): Promise<boolean>;
  /** Tries to record the pending results. */
  recordPending(): Promise<void>;
  /** Returns true if a webhook must not be sent now, according to the pending result of its last attempt. */
  isSettled(webhook: DueWebhook): boolean;
}

const DELIVERY_REFUSED = 'delivered, but the database refused to record it';

const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;
const MAX_PENDING = 1000;

export function createRecorder({ webhooks, log, now }: RecorderOptions): Recorder {
  const pending = new LRUCache<string, { attempt: WebhookAttempt; result: AttemptResult }>({
    max: MAX_PENDING,
  });
  const pauses = createRetryPauses<string>({ now, firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS });

  async function write(attempt: WebhookAttempt, result: AttemptResult): Promise<void> {
    if (!result.delivered) return webhooks.recordFailure(attempt, result.error, result.dueAt);
    try {
      await webhooks.markDelivered(attempt.id, now());
    } catch (error) {
      if (isUnavailable(error)) throw error;
      log.error({ err: error, webhook: attempt.id }, 'webhook delivery not recorded');
      // The receiver has the webhook, so it must not be sent again.
      await webhooks.recordFailure(attempt, DELIVERY_REFUSED, null);
    }
  }

  async function record(attempt: WebhookAttempt, result: AttemptResult): Promise<boolean> {
    const { id } = attempt;
    try {
      await write(attempt, result);
      pending.delete(id);
      pauses.succeed(id);
      return true;
    } catch (error) {
      pending.set(id, { attempt, result });
      logError(log, error, 'webhook not recorded', { webhook: id, ...pauses.fail(id) });
      return false;
    }
  }

  return {
    record,
    async recordPending() {
      const due = [...pending.values()].filter(({ attempt }) => !pauses.isPaused(attempt.id));
      await Promise.all(due.map(({ attempt, result }) => record(attempt, result)));
    },
    isSettled({ id, attempts, dueAt, listedAt }) {
      const found = pending.get(id);
      if (!found) return false;
      const { attempt, result } = found;
      // Another process has made an attempt, or an operator has resent the webhook.
      const isOutdated = attempt.attempts !== attempts || attempt.dueAt !== dueAt;
      const isDue = !result.delivered && result.dueAt !== null && result.dueAt <= listedAt;
      if (isOutdated || isDue) pending.delete(id);
      return !isOutdated && !isDue;
    },
  };
}
