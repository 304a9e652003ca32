import { HOUR_MS } from '../../time.ts';
import type {
  DueWebhook,
  HdpWebhookQueries,
  ListedWebhook,
  WebhookAttempt,
} from '../queries/hdp-webhooks.ts';
import { type Clock, type ClockValues, NOW } from './clock.ts';
import type { Pool } from './connection.ts';
import { hdpWebhooks } from './schema.ts';
import { columnsOf, statement } from './statements.ts';
import type { Write } from './transactions.ts';

interface DuePage extends ClockValues {
  lastDueAt: number;
  lastId: string;
  limit: number;
}

const definePage = (name: string, isDue: string) =>
  statement<DuePage, DueWebhook>(
    name,
    `SELECT id, url, key_id AS "keyId", attempts, created_at AS "createdAt", due_at AS "dueAt", ${NOW} AS "listedAt"
     FROM hdp_webhooks
     WHERE ${isDue} AND (due_at, id) > (:lastDueAt::bigint, :lastId::text COLLATE "C")
     ORDER BY due_at, id LIMIT :limit`,
  );

const due = definePage('list-due-webhooks', `due_at <= ${NOW}`);
const ahead = definePage('list-webhooks-ahead', `due_at > ${NOW} + ${HOUR_MS}`);

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

const reset = statement<ClockValues & { id: string }>(
  'reset-webhook',
  `UPDATE hdp_webhooks SET created_at = ${NOW}, due_at = ${NOW}, attempts = 0, delivered_at = NULL, last_error = NULL
   WHERE id = :id`,
);

// Two processes that claim the same attempt wait for each other; the second one then finds another due time.
const claim = statement<
  ClockValues & Pick<DueWebhook, 'id' | 'dueAt' | 'attempts'> & { leaseMs: number },
  WebhookAttempt
>(
  'claim-webhook',
  `UPDATE hdp_webhooks AS webhook SET due_at = ${NOW} + :leaseMs::bigint, attempts = attempts + 1
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

export function createHdpWebhookQueries(pool: Pool, write: Write, clock: Clock): HdpWebhookQueries {
  return {
    list: (last, limit) => pool.all(list, { last, limit }),
    resend: (id) =>
      write(async (transaction) => {
        const found = await transaction.first(findId, { id });
        if (found) await transaction.run(reset, { id: found.id, clock: clock() });
        return found?.id;
      }),
    async listDue(last, limit) {
      const lastDueAt = last?.dueAt ?? Number.MIN_SAFE_INTEGER;
      const after = { lastDueAt, lastId: last?.id ?? '', clock: clock() };
      const rows = await pool.all(due, { ...after, limit });
      if (rows.length === limit) return rows;
      return [...rows, ...(await pool.all(ahead, { ...after, limit: limit - rows.length }))];
    },
    claim: ({ id, dueAt, attempts }, leaseMs) =>
      pool.first(claim, { id, dueAt, attempts, leaseMs, clock: clock() }),
    async markDelivered(id, now) {
      await pool.run(delivery, { id, now });
    },
    async recordFailure({ id, attempts, dueAt }, lastError, nextDueAt) {
      await pool.run(failure, { id, attempts, dueAt, lastError, nextDueAt });
    },
  };
}
