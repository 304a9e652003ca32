/**
 * POSTs that create something once, however often they are sent (contract C). The first response is stored in the
 * transaction that creates, so that neither another process nor a crash makes it happen twice.
 */

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
