import { HOUR_MS } from '../../time.ts';
import type {
  DueWebhook,
  HdpWebhookQueries,
  ListedWebhook,
  WebhookAttempt,
} from '../queries/hdp-webhooks.ts';
import type { Pool } from './connection.ts';
import { hdpWebhooks } from './schema.ts';
import { columnsOf, statement } from './statements.ts';
import type { Write } from './transactions.ts';

interface DueRange {
  from: number;
  to: number;
  lastDueAt: number;
  lastId: string;
  limit: number;
}

const due = statement<DueRange, DueWebhook>(
  'list-due-webhooks',
  `SELECT id, url, key_id AS "keyId", attempts, created_at AS "createdAt", due_at AS "dueAt" FROM hdp_webhooks
   WHERE due_at >= :from AND due_at <= :to AND (due_at, id) > (:lastDueAt::bigint, :lastId::text COLLATE "C")
   ORDER BY due_at, id LIMIT :limit`,
);

const findId = statement<{ id: string }, { id: string }>(
  'find-webhook-id',
  `SELECT webhook.id FROM hdp_webhooks AS webhook JOIN hdp_tasks AS task ON task.id = webhook.task
   WHERE webhook.id = :id OR task.uuid = :id ORDER BY webhook.id DESC LIMIT 1`,
);

const list = statement<{ last: string; limit: number }, ListedWebhook>(
  'list-webhooks',
  `SELECT ${columnsOf(hdpWebhooks, 'webhook')}, task.uuid
   FROM hdp_webhooks AS webhook JOIN hdp_tasks AS task ON task.id = webhook.task
   WHERE webhook.id > :last ORDER BY webhook.id LIMIT :limit`,
);

const reset = statement<{ id: string; now: number }>(
  'reset-webhook',
  `UPDATE hdp_webhooks SET created_at = :now, due_at = :now, attempts = 0, delivered_at = NULL, last_error = NULL
   WHERE id = :id`,
);

// Two processes that claim the same attempt wait for each other; the second one then finds another due time.
const claim = statement<Pick<DueWebhook, 'id' | 'dueAt' | 'attempts'> & { until: number }, WebhookAttempt>(
  'claim-webhook',
  `UPDATE hdp_webhooks AS webhook SET due_at = :until, attempts = attempts + 1
   WHERE id = :id AND due_at = :dueAt AND attempts = :attempts
   RETURNING ${columnsOf(hdpWebhooks, 'webhook')},
     (SELECT key_hash FROM api_keys WHERE api_keys.id = webhook.key_id) AS "keyHash"`,
);

const delivery = statement<{ id: string; now: number }>(
  'mark-webhook-delivered',
  `UPDATE hdp_webhooks SET delivered_at = :now, due_at = NULL, last_error = NULL
   WHERE id = :id AND delivered_at IS NULL`,
);

const failure = statement<
  Pick<DueWebhook, 'id' | 'attempts' | 'dueAt'> & { nextDueAt: number | null; lastError: string }
>(
  'record-webhook-failure',
  `UPDATE hdp_webhooks SET due_at = :nextDueAt, last_error = :lastError
   WHERE id = :id AND attempts = :attempts AND due_at = :dueAt`,
);

export function createHdpWebhookQueries(pool: Pool, write: Write): HdpWebhookQueries {
  return {
    list: (last, limit) => pool.all(list, { last, limit }),
    resend: (id, now) =>
      write(async (transaction) => {
        const found = await transaction.first(findId, { id });
        if (found) await transaction.run(reset, { id: found.id, now });
        return found?.id;
      }),
    async listDue(now, last, limit) {
      const after = { lastDueAt: last?.dueAt ?? Number.MIN_SAFE_INTEGER, lastId: last?.id ?? '' };
      const rows = await pool.all(due, { ...after, from: Number.MIN_SAFE_INTEGER, to: now, limit });
      if (rows.length === limit) return rows;
      const ahead = { from: now + HOUR_MS + 1, to: Number.MAX_SAFE_INTEGER, limit: limit - rows.length };
      return [...rows, ...(await pool.all(due, { ...after, ...ahead }))];
    },
    claim: ({ id, dueAt, attempts }, until) => pool.first(claim, { id, dueAt, attempts, until }),
    async markDelivered(id, now) {
      await pool.run(delivery, { id, now });
    },
    async recordFailure({ id, attempts, dueAt }, lastError, nextDueAt) {
      await pool.run(failure, { id, attempts, dueAt, lastError, nextDueAt });
    },
  };
}
