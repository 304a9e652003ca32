import type { HdpWebhook } from '../rows.ts';

/** A webhook that waits to be sent, as it was when it was listed. */
export type DueWebhook = Pick<HdpWebhook, 'id' | 'url' | 'keyId' | 'attempts' | 'createdAt'> & {
  dueAt: number;
  /** When it was listed, by the clock of the database. */
  listedAt: number;
};

/** A claimed attempt. `attempts` counts it. */
export type WebhookAttempt = HdpWebhook & {
  /** When another process may claim the webhook: the time of the claim and `leaseMs`. */
  dueAt: number;
  /** The SHA-256 of the API key that created the task. */
  keyHash: Buffer | null;
};

/**
 * The outbox of webhooks (contract B3). Times are Unix milliseconds. The clock of the database decides which webhooks are
 * due; that of an SQLite file is the clock of its machine.
 */
export interface HdpWebhookQueries {
  /**
   * Lists webhooks that are due, in the order of their due times, beginning after `last`. A webhook that is due more than
   * an hour ahead, the longest pause, is due too: the clock was put back.
   */
  listDue(last: Pick<DueWebhook, 'dueAt' | 'id'> | undefined, limit: number): Promise<DueWebhook[]>;
  /**
   * Claims a webhook for one attempt. After `leaseMs`, another process may claim it.
   * @returns undefined if another process has claimed or sent it since it was listed
   */
  claim(
    seen: Pick<DueWebhook, 'id' | 'dueAt' | 'attempts'>,
    leaseMs: number,
  ): Promise<WebhookAttempt | undefined>;
  /** Marks a webhook as delivered. */
  markDelivered(id: string, now: number): Promise<void>;
  /**
   * Stores why an attempt failed and when the next one is due; null for no further attempt. Does nothing if another
   * process has claimed the webhook since.
   */
  recordFailure(
    attempt: Pick<DueWebhook, 'id' | 'attempts' | 'dueAt'>,
    error: string,
    dueAt: number | null,
  ): Promise<void>;
  /**
   * Makes a webhook due now and resets its attempts.
   * @param id the id of a webhook, or the uuid of a task for its latest webhook
   * @returns the id of the webhook; undefined if it does not exist
   */
  resend(id: string): Promise<string | undefined>;
  /** Lists webhooks by id, beginning after `last`. */
  list(last: string, limit: number): Promise<ListedWebhook[]>;
}

/** A webhook with the uuid of its task. */
export type ListedWebhook = HdpWebhook & { uuid: string };
