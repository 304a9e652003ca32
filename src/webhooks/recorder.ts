/** Records what became of attempts. A result that cannot be recorded is kept, and its webhook is not sent again for it. */
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { isUnavailable } from '../db/open.ts';
import type { DueWebhook, HdpWebhookQueries, WebhookAttempt } from '../db/queries/hdp-webhooks.ts';
import { createRetryPauses } from '../lib/retry-pauses.ts';
import type { AttemptResult } from './attempt.ts';

export interface RecorderOptions {
  webhooks: Pick<HdpWebhookQueries, 'markDelivered' | 'recordFailure'>;
  log: Pick<Logger, 'error'>;
  /** Unix milliseconds. */
  now(): number;
}

export interface Recorder {
  /** Records the result of an attempt, or keeps it. @returns whether it was recorded */
  record(attempt: WebhookAttempt, result: AttemptResult): Promise<boolean>;
  /** Tries again to record results that were kept. */
  recordKept(): Promise<void>;
  /** True while a webhook must not be sent because the kept result of its last attempt says so. */
  isSettled(webhook: DueWebhook): boolean;
}

const DELIVERY_REFUSED = 'delivered, but the database refused to record it';

const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;
const MAX_KEPT = 1000;

export function createRecorder({ webhooks, log, now }: RecorderOptions): Recorder {
  const kept = new LRUCache<string, { attempt: WebhookAttempt; result: AttemptResult }>({ max: MAX_KEPT });
  const pauses = createRetryPauses<string>({ now, firstPauseMs: FIRST_PAUSE_MS, maxPauseMs: MAX_PAUSE_MS });

  async function write(attempt: WebhookAttempt, result: AttemptResult): Promise<void> {
    if (!result.delivered) return webhooks.recordFailure(attempt, result.error, result.dueAt);
    try {
      await webhooks.markDelivered(attempt.id, now());
    } catch (error) {
      if (isUnavailable(error)) throw error;
      log.error({ err: error, webhook: attempt.id }, 'webhook delivery not recorded');
      // Ends it even so: the receiver has it.
      await webhooks.recordFailure(attempt, DELIVERY_REFUSED, null);
    }
  }

  async function record(attempt: WebhookAttempt, result: AttemptResult): Promise<boolean> {
    const { id } = attempt;
    try {
      await write(attempt, result);
      kept.delete(id);
      pauses.succeed(id);
      return true;
    } catch (error) {
      kept.set(id, { attempt, result });
      log.error({ err: error, webhook: id, ...pauses.fail(id) }, 'webhook not recorded');
      return false;
    }
  }

  return {
    record,
    async recordKept() {
      const due = [...kept.values()].filter(({ attempt }) => !pauses.isPaused(attempt.id));
      await Promise.all(due.map(({ attempt, result }) => record(attempt, result)));
    },
    isSettled({ id, attempts, dueAt }) {
      const found = kept.get(id);
      if (!found) return false;
      const { attempt, result } = found;
      // Another process has sent it meanwhile, or it was resent by command.
      const isOther = attempt.attempts !== attempts || attempt.dueAt !== dueAt;
      const isDue = !result.delivered && result.dueAt !== null && result.dueAt <= now();
      if (isOther || isDue) kept.delete(id);
      return !isOther && !isDue;
    },
  };
}
