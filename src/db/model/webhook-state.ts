import type { HdpWebhook } from '../rows.ts';

/** `pending` is due now or later, `failed` was given up. */
export const WEBHOOK_STATES = ['pending', 'delivered', 'failed'] as const;

export type WebhookState = (typeof WEBHOOK_STATES)[number];

export function webhookState({
  dueAt,
  deliveredAt,
}: Pick<HdpWebhook, 'dueAt' | 'deliveredAt'>): WebhookState {
  if (deliveredAt !== null) return 'delivered';
  return dueAt === null ? 'failed' : 'pending';
}
