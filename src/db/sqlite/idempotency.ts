import type Database from 'better-sqlite3';
import { REMOVAL_BATCH_SIZE, repeatedResult, type StoredRow } from '../model/stored-responses.ts';
import type { IdempotentRequest, IdempotentResult } from '../queries/idempotency.ts';

/** Runs `create` in the caller's transaction, unless a response to the request is stored. */
export type CreateOnce = <Created>(
  request: IdempotentRequest<Created> | undefined,
  create: () => Created,
) => IdempotentResult<Created>;

export function prepareCreateOnce(sqlite: Database.Database): CreateOnce {
  const find = sqlite.prepare<[Buffer, number], StoredRow>(
    `SELECT body_hash AS bodyHash, status, headers, body FROM idempotency_keys WHERE id = ? AND expires_at > ?`,
  );
  const removal = sqlite.prepare<[number]>(
    `DELETE FROM idempotency_keys WHERE id IN (
       SELECT id FROM idempotency_keys WHERE expires_at <= ? ORDER BY expires_at LIMIT ${REMOVAL_BATCH_SIZE}
     )`,
  );
  const insertion = sqlite.prepare<[Buffer, Buffer, number, string, string, number]>(
    'INSERT OR REPLACE INTO idempotency_keys (id, body_hash, status, headers, body, expires_at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  return (request, create) => {
    if (!request) return { created: create() };
    const { id, bodyHash, now, expiresAt } = request;
    const found = find.get(id, now);
    if (found) return repeatedResult(found, bodyHash);
    const created = create();
    const { status, headers, body } = request.respond(created);
    removal.run(now);
    insertion.run(id, bodyHash, status, JSON.stringify(headers), body, expiresAt);
    return { created };
  };
}
