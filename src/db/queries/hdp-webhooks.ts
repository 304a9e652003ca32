import type { HdpWebhook } from '../rows.ts';

/** A webhook that waits to be sent, as it was when somebody looked. */
export type DueWebhook = Pick<HdpWebhook, 'id' | 'url' | 'keyId' | 'attempts' | 'createdAt'> & {
  dueAt: number;
};

/** An attempt that nobody else makes; `attempts` counts it. */
export type WebhookAttempt = HdpWebhook & {
  /** When another process may take it. */
  dueAt: number;
  /** The SHA-256 of the API key that made the task. */
  keyHash: Buffer | null;
};

/** The outbox of webhooks (contract B3). Times are Unix milliseconds. */
export interface HdpWebhookQueries {
  /**
   * Lists webhooks that are due by `now`, the longest due first, from after `last` on. A due time more than an hour ahead,
   * the longest pause, means that the clock was put back: these webhooks are due too.
   */
  due(now: number, last: Pick<DueWebhook, 'dueAt' | 'id'> | undefined, limit: number): Promise<DueWebhook[]>;
  /**
   * Takes a webhook for an attempt until `until`: then another process may take it. Claims that are made together share a
   * transaction; each is accepted or refused alone.
   * @returns undefined if another process took it, or sent it, since it was looked at
   */
  claim(seen: DueWebhook, until: number): Promise<WebhookAttempt | undefined>;
  /** Ends a webhook as delivered. */
  delivered(id: string, now: number): Promise<void>;
  /**
   * Records why an attempt failed and when the next is due, null when there shall be none. Does nothing when somebody
   * else has taken the webhook meanwhile.
   */
  failed(
    attempt: Pick<DueWebhook, 'id' | 'attempts' | 'dueAt'>,
    error: string,
    dueAt: number | null,
  ): Promise<void>;
  /**
   * Makes a webhook due at `now`, with a new series of attempts.
   * @param id of the webhook, or the uuid of a task for its latest webhook
   * @returns the id of the webhook, undefined if there is none
   */
  resend(id: string, now: number): Promise<string | undefined>;
  /** Lists webhooks by id, from after `last` on. */
  list(last: string, limit: number): Promise<ListedWebhook[]>;
}

/** A webhook with the uuid of its task. */
export type ListedWebhook = HdpWebhook & { uuid: string };
