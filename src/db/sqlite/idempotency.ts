/**
 * POSTs that create something once, however often they are sent (contract C). The first response is stored in the
 * transaction that creates, so that neither another process nor a crash makes it happen twice.
 */
import { and, asc, eq, gt, inArray, lte, sql } from 'drizzle-orm';
import { idempotencyKeys } from './schema.ts';
import type { SqliteConnection } from './store.ts';

/** A response as it is sent again. */
export interface StoredResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A POST with an `Idempotency-Key`. Times are Unix milliseconds. */
export interface IdempotentRequest<Created> {
  /** SHA-256 of the credential and the key. */
  id: Buffer;
  /** SHA-256 of the body. */
  bodyHash: Buffer;
  now: number;
  expiresAt: number;
  respond(created: Created): StoredResponse;
}

/** What became of a POST: it created something, was sent before, or was sent before with another body. */
export type OnceResult<Created> = { created: Created } | { replay: StoredResponse } | { isReused: true };

/** Expired responses are removed so many at a time, by whoever stores one. */
const REMOVED_AT_ONCE = 10;

/** @returns runs `create` unless the request was answered before, in the transaction that the caller holds */
export function prepareOnce(db: SqliteConnection) {
  const now = sql.placeholder('now');
  const { id, expiresAt } = idempotencyKeys;
  const stored = db
    .select()
    .from(idempotencyKeys)
    .where(and(eq(id, sql.placeholder('id')), gt(expiresAt, now)))
    .prepare();
  const expired = db
    .select({ id })
    .from(idempotencyKeys)
    .where(lte(expiresAt, now))
    .orderBy(asc(expiresAt))
    .limit(REMOVED_AT_ONCE);
  const removal = db.delete(idempotencyKeys).where(inArray(id, expired)).prepare();

  return function once<Created>(
    request: IdempotentRequest<Created> | undefined,
    create: () => Created,
  ): OnceResult<Created> {
    if (!request) return { created: create() };
    const found = stored.get({ id: request.id, now: request.now });
    if (found) {
      if (!found.bodyHash.equals(request.bodyHash)) return { isReused: true };
      return { replay: { status: found.status, headers: JSON.parse(found.headers), body: found.body } };
    }
    const created = create();
    const { status, headers, body } = request.respond(created);
    removal.run({ now: request.now });
    const values = { status, headers: JSON.stringify(headers), body, ...keyOf(request) };
    db.insert(idempotencyKeys).values(values).onConflictDoUpdate({ target: id, set: values }).run();
    return { created };
  };
}

const keyOf = <Created>({ id, bodyHash, expiresAt }: IdempotentRequest<Created>) => ({
  id,
  bodyHash,
  expiresAt,
});
