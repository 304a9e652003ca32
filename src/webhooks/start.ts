import type { Logger } from 'pino';
import type { Store } from '../db/open.ts';
import { createAddressPolicy } from './addresses.ts';
import { type Outbox, startOutbox } from './outbox.ts';
import { createPost } from './post.ts';

export interface WebhookOptions {
  store: Pick<Store, 'hdpWebhooks'>;
  /** Addresses or CIDR blocks that webhooks may go to although they are not public. */
  webhookAllow: readonly string[];
  log: Logger;
  /** Unix milliseconds. */
  now(): number;
}

/** Starts to send the webhooks of ended HDP tasks (contract B3). */
export function startWebhooks({ store, webhookAllow, log, now }: WebhookOptions): Outbox {
  const post = createPost({ isAllowed: createAddressPolicy(webhookAllow) });
  return startOutbox({ webhooks: store.hdpWebhooks, post, log, now, random: Math.random });
}
