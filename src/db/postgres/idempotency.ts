import { REMOVAL_BATCH_SIZE, repeatedResult, type StoredRow } from '../model/stored-responses.ts';
import type { IdempotentRequest, IdempotentResult } from '../queries/idempotency.ts';
import { statement } from './statements.ts';
import type { WriteTransaction } from './transactions.ts';

/** Repeated requests wait for the first one, until the end of its transaction. */
const lock = statement<{ id: Buffer }, object>(
  'lock-idempotency-key',
  `SELECT pg_advisory_xact_lock(hashtextextended(encode(:id::bytea, 'hex'), 0))`,
);

const find = statement<{ id: Buffer; now: number }, StoredRow>(
  'find-idempotency-key',
  `SELECT body_hash AS "bodyHash", status, headers, body FROM idempotency_keys WHERE id = :id AND expires_at > :now`,
);

const removal = statement<{ now: number }>(
  'remove-idempotency-keys',
  `DELETE FROM idempotency_keys WHERE id IN (
     SELECT id FROM idempotency_keys WHERE expires_at <= :now ORDER BY expires_at
     LIMIT ${REMOVAL_BATCH_SIZE} FOR UPDATE SKIP LOCKED
   )`,
);

const insertion = statement<StoredRow & { id: Buffer; expiresAt: number }>(
  'insert-idempotency-key',
  `INSERT INTO idempotency_keys (id, body_hash, status, headers, body, expires_at)
   VALUES (:id, :bodyHash, :status, :headers, :body, :expiresAt)
   ON CONFLICT (id) DO UPDATE SET body_hash = excluded.body_hash, status = excluded.status,
     headers = excluded.headers, body = excluded.body, expires_at = excluded.expires_at`,
);

/** Runs `create` in the caller's transaction, unless a response to the request is stored. */
export async function createOnce<Created>(
  transaction: WriteTransaction,
  request: IdempotentRequest<Created> | undefined,
  create: () => Promise<Created>,
): Promise<IdempotentResult<Created>> {
  if (!request) return { created: await create() };
  const { id, bodyHash, now, expiresAt } = request;
  // In one round trip. The second statement sees what was committed while the first one waited.
  const [, found] = await Promise.all([
    transaction.first(lock, { id }),
    transaction.first(find, { id, now }),
  ]);
  if (found) return repeatedResult(found, bodyHash);
  const created = await create();
  const { status, headers, body } = request.respond(created);
  transaction.send(removal, { now });
  transaction.send(insertion, {
    ...{ id, bodyHash, status, headers: JSON.stringify(headers), body, expiresAt },
  });
  return { created };
}
