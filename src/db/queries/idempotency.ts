/**
 * Idempotency keys: a POST creates something once, however often it is sent (contract C). The first response is stored in
 * the transaction that creates, so that neither a concurrent process nor a crash can create twice.
 */

/** A response that is sent again for a repeated request. */
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

/** The outcome of a POST: it created something, is a repetition, or reuses the key with another body. */
export type IdempotentResult<Created> =
  | { created: Created }
  | { replay: StoredResponse }
  | { isReused: true };
