import { and, asc, desc, eq, getTableColumns, gt, gte, lte, or, sql } from 'drizzle-orm';
import { HOUR_MS } from '../../time.ts';
import type { HdpWebhookQueries } from '../queries/hdp-webhooks.ts';
import type { SqliteConnection } from './connection.ts';
import { apiKeys, hdpTasks, hdpWebhooks } from './schema.ts';
import type { Write } from './write-queue.ts';

export function createHdpWebhookQueries(
  db: SqliteConnection,
  write: Write,
  clock: () => number,
): HdpWebhookQueries {
  const { id, dueAt, attempts } = hdpWebhooks;
  const due = db
    .select({
      ...{ id, url: hdpWebhooks.url, keyId: hdpWebhooks.keyId, attempts },
      createdAt: hdpWebhooks.createdAt,
      dueAt: sql<number>`${dueAt}`,
    })
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
  const withKeyHash = db
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

  const { $client: sqlite } = db;
  const reset = sqlite.prepare<[number, number, string]>(
    `UPDATE hdp_webhooks SET created_at = ?, due_at = ?, attempts = 0, delivered_at = NULL, last_error = NULL
     WHERE id = ?`,
  );
  const claim = sqlite.prepare<[number, string, number, number]>(
    'UPDATE hdp_webhooks SET due_at = ?, attempts = attempts + 1 WHERE id = ? AND due_at = ? AND attempts = ?',
  );
  const delivery = sqlite.prepare<[number, string]>(
    `UPDATE hdp_webhooks SET delivered_at = ?, due_at = NULL, last_error = NULL
     WHERE id = ? AND delivered_at IS NULL`,
  );
  const failure = sqlite.prepare<[number | null, string, string, number, number]>(
    'UPDATE hdp_webhooks SET due_at = ?, last_error = ? WHERE id = ? AND attempts = ? AND due_at = ?',
  );

  return {
    async list(last, limit) {
      return list.all({ last, limit });
    },
    resend: (id) =>
      write(() => {
        const found = findId.get({ id });
        if (!found) return undefined;
        const now = clock();
        reset.run(now, now, found.id);
        return found.id;
      }),
    async listDue(last, limit) {
      const now = clock();
      const after = { lastDueAt: last?.dueAt ?? Number.MIN_SAFE_INTEGER, lastId: last?.id ?? '' };
      const rows = due.all({ ...after, from: Number.MIN_SAFE_INTEGER, to: now, limit });
      if (rows.length < limit) {
        const ahead = { from: now + HOUR_MS + 1, to: Number.MAX_SAFE_INTEGER, limit: limit - rows.length };
        rows.push(...due.all({ ...after, ...ahead }));
      }
      return rows.map((row) => ({ ...row, listedAt: now }));
    },
    claim: (seen, leaseMs) =>
      write(() => {
        const until = clock() + leaseMs;
        const { changes } = claim.run(until, seen.id, seen.dueAt, seen.attempts);
        const row = changes === 1 ? withKeyHash.get({ id: seen.id }) : undefined;
        return row && { ...row, dueAt: until };
      }),
    markDelivered: (id, now) =>
      write(() => {
        delivery.run(now, id);
      }),
    recordFailure: ({ id, attempts, dueAt }, lastError, nextDueAt) =>
      write(() => {
        failure.run(nextDueAt, lastError, id, attempts, dueAt);
      }),
  };
}
