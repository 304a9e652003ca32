/** The stored responses to requests with an idempotency key, as both dialects keep them. */
import type { IdempotentResult } from '../queries/idempotency.ts';

/** How many expired responses are removed when one is stored. */
export const REMOVAL_BATCH_SIZE = 10;

export interface StoredRow {
  bodyHash: Buffer;
  status: number;
  /** JSON text of an object. */
  headers: string;
  body: string;
}

/** Returns the result of a request whose key has a stored response. */
export function repeatedResult(
  { bodyHash, status, headers, body }: StoredRow,
  hashOfRequest: Buffer,
): IdempotentResult<never> {
  if (!bodyHash.equals(hashOfRequest)) return { isReused: true };
  return { replay: { status, headers: JSON.parse(headers), body } };
}
