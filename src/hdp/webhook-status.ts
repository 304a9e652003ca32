/** The delivery status of a task's webhook: an addition of this service to the details of a task. */
import { z } from 'zod';
import { isEnded } from '../db/hdp-stages.ts';
import type { HdpRun } from '../db/queries/hdp-runs.ts';
import { WEBHOOK_STATES, webhookState } from '../db/webhook-state.ts';
import { formatMicros } from '../time.ts';
import { hdpTask, text, time } from './schema.ts';

export const webhookStatus = z
  .strictObject({
    state: z.enum(['waiting', ...WEBHOOK_STATES]).meta({
      description:
        '`waiting` until the task ends, `pending` until a delivery succeeds, `failed` once it was given up.',
    }),
    id: hdpTask.shape.uuid.nullable().meta({ description: 'The `webhook-id` header.' }),
    attempts: z.int().min(0),
    nextAttemptAt: time.nullable().meta({ description: 'The earliest time of the next attempt.' }),
    deliveredAt: time.nullable(),
    error: text.nullable().meta({ description: 'Why the last attempt failed.' }),
  })
  .meta({
    id: 'WebhookStatus',
    description: 'An addition of this service: only in tasks that were created with a `webhook_url`.',
  });

export type WebhookStatus = z.infer<typeof webhookStatus>;

const WAITING = {
  state: 'waiting',
  id: null,
  attempts: 0,
  nextAttemptAt: null,
  deliveredAt: null,
  error: null,
} as const;

/** Returns the status of the latest webhook; undefined for a task without a `webhook_url`. */
export function toWebhookStatus({ task, details, webhook }: HdpRun): WebhookStatus | undefined {
  if (!webhook) return details?.webhookUrl == null ? undefined : WAITING;
  // A webhook that was sent before the task was retried is about its former end.
  if (!isEnded(task.status)) return WAITING;
  return {
    state: webhookState(webhook),
    id: webhook.id,
    attempts: webhook.attempts,
    nextAttemptAt: timeOrNull(webhook.dueAt),
    deliveredAt: timeOrNull(webhook.deliveredAt),
    error: webhook.lastError === null ? null : publicError(webhook.lastError),
  };
}

const timeOrNull = (millis: number | null) => (millis === null ? null : formatMicros(millis * 1000));

/** Anyone may read the details of a task, so addresses and names of a receiver's network stay out of them. */
function publicError(error: string): string {
  const [, status] = /^the answer was (\d+)$/.exec(error) ?? [];
  if (status !== undefined) return `The receiver responded with status ${status}.`;
  if (error.startsWith('no answer')) return 'The receiver did not respond in time.';
  if (/webhooks may go to$|^the URL /.test(error)) return 'Webhooks may not go to this URL.';
  if (/certificate|self-signed|altnames/i.test(error)) return "The receiver's certificate is not valid.";
  return 'The receiver could not be reached.';
}
