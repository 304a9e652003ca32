import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { IdempotentRequest, IdempotentResult, StoredResponse } from '../db/queries/idempotency.ts';
import { DAY_MS } from '../time.ts';
import { ApiError } from './errors.ts';

/** The request header that makes a repeated POST safe (contract C). */
export const IDEMPOTENCY_HEADER = 'Idempotency-Key';

/** The response header of a replayed response. An addition of this service. */
const REPLAYED_HEADER = 'Idempotency-Replayed';

const VALID_KEY = /^[\x21-\x7e]{1,255}$/;

export interface IdempotentPost<Created> {
  /** Identifies the credential. Each credential has separate idempotency keys. */
  credential: string;
  create(request: IdempotentRequest<Created> | undefined): Promise<IdempotentResult<Created>>;
  respond(created: Created): StoredResponse;
}

/**
 * Creates a function that runs POST requests. For 24 hours, a request with the same credential, `Idempotency-Key` and
 * body gets the first response again.
 * @param now returns Unix milliseconds
 * @returns a function that returns the response. It throws ApiError 400 for a malformed key, 409 while the first request
 *   still runs in this process, and 422 for a key that was sent with another body
 */
export function createIdempotency(now: () => number) {
  const running = new Set<string>();

  return async function runIdempotent<Created>(
    c: Context,
    { credential, create, respond }: IdempotentPost<Created>,
  ): Promise<StoredResponse> {
    const key = c.req.header(IDEMPOTENCY_HEADER);
    if (key === undefined) return toResponse(await create(undefined), respond);
    if (!VALID_KEY.test(key)) {
      throw new ApiError(
        'invalid_parameters',
        `${IDEMPOTENCY_HEADER} must be 1 to 255 visible ASCII characters, once.`,
      );
    }
    const id = sha256(JSON.stringify([credential, key]));
    const runningId = id.toString('hex');
    if (running.has(runningId)) throw stillRunning();
    running.add(runningId);
    try {
      const bodyHash = sha256(await c.req.text());
      const time = now();
      const request = { id, bodyHash, now: time, expiresAt: time + DAY_MS, respond };
      return toResponse(await create(request), respond);
    } finally {
      running.delete(runningId);
    }
  };
}

function toResponse<Created>(
  result: IdempotentResult<Created>,
  respond: (created: Created) => StoredResponse,
): StoredResponse {
  if ('created' in result) return respond(result.created);
  if ('isReused' in result) {
    throw new ApiError(
      'idempotency_key_reused',
      `This ${IDEMPOTENCY_HEADER} was sent before with another body; use a new one.`,
    );
  }
  const { replay } = result;
  return { ...replay, headers: { ...replay.headers, [REPLAYED_HEADER]: 'true' } };
}

const stillRunning = () =>
  new ApiError(
    'conflict',
    `The first request with this ${IDEMPOTENCY_HEADER} is still running; send it again shortly.`,
    { 'Retry-After': '1' },
  );

const sha256 = (text: string) => createHash('sha256').update(text).digest();
