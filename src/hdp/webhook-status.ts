/** The delivery status of a task's webhook: an addition of this service to the details of a task. */
import { z } from 'zod';
import { isEnded } from '../db/model/hdp-stages.ts';
import { WEBHOOK_STATES, webhookState } from '../db/model/statuses.ts';
import type { HdpTaskRecord } from '../db/queries/hdp-task-lifecycle.ts';
import { formatMicros } from '../time.ts';
import { hdpTask, text, time } from './schema.ts';

export const webhookStatus = z
  .strictObject({
    state: z.enum(WEBHOOK_STATES).meta({
      description: '`pending` until a delivery succeeds, `failed` after the last attempt.',
    }),
    id: hdpTask.shape.uuid.meta({ description: 'The `webhook-id` header.' }),
    attempts: z.int32().min(0),
    nextAttemptAt: time.nullable().meta({ description: 'The earliest time of the next attempt.' }),
    deliveredAt: time.nullable(),
    error: text.nullable().meta({ description: 'Why the last attempt failed.' }),
  })
  .meta({
    id: 'WebhookStatus',
    description:
      'An addition of this service: only in tasks that have ended and were created with a `webhook_url`.',
  });

export type WebhookStatus = z.infer<typeof webhookStatus>;

/** Returns the status of the webhook about the end of a task; undefined if there is none. */
export function toWebhookStatus({ task, webhook }: HdpTaskRecord): WebhookStatus | undefined {
  // After a retry, the latest webhook is about the previous end.
  if (!webhook || !isEnded(task.status)) return undefined;
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

/** Returns an error without addresses and names of the receiver's network, because anyone may read task details. */
function publicError(error: string): string {
  const [, status] = /^the answer was (\d+)$/.exec(error) ?? [];
  if (status !== undefined) return `The receiver responded with status ${status}.`;
  if (error.includes('record')) return 'The result of an attempt could not be recorded.';
  if (error.startsWith('no answer')) return 'The receiver did not respond in time.';
  if (/webhooks may go to$|^the URL /.test(error)) return 'Webhooks may not go to this URL.';
  if (/certificate|self-signed|altnames/i.test(error)) return "The receiver's certificate is not valid.";
  return 'The receiver could not be reached.';
}
