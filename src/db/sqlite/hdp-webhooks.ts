import { and, asc, desc, eq, getTableColumns, gt, gte, isNull, lte, or, sql } from 'drizzle-orm';
import { HOUR_MS } from '../../time.ts';
import { apiKeys, type HdpWebhook, hdpTasks, hdpWebhooks } from './schema.ts';
import type { SqliteConnection } from './store.ts';
import type { Write } from './write.ts';

/** A webhook that waits to be sent, as it was when somebody looked. */
export type DueWebhook = Pick<HdpWebhook, 'id' | 'url' | 'keyId' | 'attempts'> & { dueAt: number };

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
   * Takes webhooks for an attempt each, until `until`: then somebody else may take them.
   * @returns those that nobody else took, or sent, since they were looked at
   */
  claim(seen: readonly DueWebhook[], until: number): Promise<WebhookAttempt[]>;
  /** Ends a webhook as delivered. */
  delivered(id: string, now: number): Promise<void>;
  /**
   * Records why an attempt failed and when the next is due, null when there shall be none. Does nothing when somebody
   * else has taken the webhook meanwhile.
   */
  failed(attempt: WebhookAttempt, error: string, dueAt: number | null): Promise<void>;
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

export function createHdpWebhookQueries(db: SqliteConnection, write: Write): HdpWebhookQueries {
  const { id, dueAt, attempts, deliveredAt } = hdpWebhooks;
  const due = db
    .select({ id, url: hdpWebhooks.url, keyId: hdpWebhooks.keyId, attempts, dueAt: sql<number>`${dueAt}` })
    .from(hdpWebhooks)
    .where(
      and(
        gte(dueAt, sql.placeholder('from')),
        lte(dueAt, sql.placeholder('to')),
        gt(sql`(${dueAt}, ${id})`, sql`(${sql.placeholder('lastDueAt')}, ${sql.placeholder('lastId')})`),
      ),
    )
    .orderBy(asc(dueAt), asc(id))
    .limit(sql.placeholder('limit'))
    .prepare();
  const attempt = db
    .select({ ...getTableColumns(hdpWebhooks), keyHash: apiKeys.keyHash })
    .from(hdpWebhooks)
    .leftJoin(apiKeys, eq(apiKeys.id, hdpWebhooks.keyId))
    .where(eq(id, sql.placeholder('id')))
    .prepare();

  const findId = db
    .select({ id })
    .from(hdpWebhooks)
    .innerJoin(hdpTasks, eq(hdpTasks.id, hdpWebhooks.task))
    .where(or(eq(id, sql.placeholder('id')), eq(hdpTasks.uuid, sql.placeholder('id'))))
    .orderBy(desc(id))
    .limit(1)
    .prepare();
  const list = db
    .select({ ...getTableColumns(hdpWebhooks), uuid: hdpTasks.uuid })
    .from(hdpWebhooks)
    .innerJoin(hdpTasks, eq(hdpTasks.id, hdpWebhooks.task))
    .where(gt(id, sql.placeholder('last')))
    .orderBy(asc(id))
    .limit(sql.placeholder('limit'))
    .prepare();

  return {
    async list(last, limit) {
      return list.all({ last, limit });
    },
    resend: (wanted, now) =>
      write(() => {
        const found = findId.get({ id: wanted });
        if (!found) return undefined;
        db.update(hdpWebhooks)
          .set({ createdAt: now, dueAt: now, attempts: 0, deliveredAt: null, lastError: null })
          .where(eq(id, found.id))
          .run();
        return found.id;
      }),
    async due(now, last, limit) {
      const after = { lastDueAt: last?.dueAt ?? Number.MIN_SAFE_INTEGER, lastId: last?.id ?? '' };
      const rows = due.all({ ...after, from: Number.MIN_SAFE_INTEGER, to: now, limit });
      if (rows.length === limit) return rows;
      const ahead = { from: now + HOUR_MS + 1, to: Number.MAX_SAFE_INTEGER, limit: limit - rows.length };
      return [...rows, ...due.all({ ...after, ...ahead })];
    },
    claim: (seen, until) =>
      write(() =>
        seen.flatMap((webhook) => {
          const unchanged = and(eq(id, webhook.id), eq(dueAt, webhook.dueAt), eq(attempts, webhook.attempts));
          const taken = db
            .update(hdpWebhooks)
            .set({ dueAt: until, attempts: webhook.attempts + 1 })
            .where(unchanged)
            .run();
          const row = taken.changes === 1 ? attempt.get({ id: webhook.id }) : undefined;
          return row ? [{ ...row, dueAt: until }] : [];
        }),
      ),
    delivered: (delivered, now) =>
      write(() => {
        db.update(hdpWebhooks)
          .set({ deliveredAt: now, dueAt: null, lastError: null })
          .where(and(eq(id, delivered), isNull(deliveredAt)))
          .run();
      }),
    failed: (failed, lastError, next) =>
      write(() => {
        db.update(hdpWebhooks)
          .set({ dueAt: next, lastError })
          .where(and(eq(id, failed.id), eq(attempts, failed.attempts), eq(dueAt, failed.dueAt)))
          .run();
      }),
  };
}
