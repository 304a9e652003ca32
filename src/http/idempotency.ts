import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { IdempotentRequest, IdempotentResult, StoredResponse } from '../db/queries/idempotency.ts';
import { DAY_MS } from '../time.ts';
import { Problem } from './errors.ts';

/** The header by which a client sends the same POST again without doing it twice (contract C). */
export const IDEMPOTENCY_HEADER = 'Idempotency-Key';

/** Marks a response that was stored before; an addition of this service. */
const REPLAYED_HEADER = 'Idempotency-Replayed';

const KEY = /^[\x21-\x7e]{1,255}$/;

export interface IdempotentPost<Created> {
  /** Names the credential that was used, so that nobody meets the keys of others. */
  credential: string;
  create(request: IdempotentRequest<Created> | undefined): Promise<IdempotentResult<Created>>;
  respond(created: Created): StoredResponse;
}

/**
 * Runs POSTs that create something. One with an `Idempotency-Key` is answered with the first response to the same
 * credential, key and body for 24 hours.
 * @param now Unix milliseconds
 * @returns a function that gives the response. It throws Problem 400 for a malformed key, 409 while the first request
 *   still runs in this process, and 422 for a key that was sent with another body
 */
export function createIdempotency(now: () => number) {
  const running = new Set<string>();

  return async function answerOnce<Created>(
    c: Context,
    { credential, create, respond }: IdempotentPost<Created>,
  ): Promise<StoredResponse> {
    const key = c.req.header(IDEMPOTENCY_HEADER);
    if (key === undefined) return answerOf(await create(undefined), respond);
    if (!KEY.test(key)) {
      throw new Problem(
        'invalid_parameters',
        `${IDEMPOTENCY_HEADER} must be 1 to 255 visible ASCII characters, once.`,
      );
    }
    const id = sha256(JSON.stringify([credential, key]));
    const name = id.toString('hex');
    if (running.has(name)) throw stillRunning();
    running.add(name);
    try {
      const bodyHash = sha256(await c.req.text());
      const at = now();
      return answerOf(await create({ id, bodyHash, now: at, expiresAt: at + DAY_MS, respond }), respond);
    } finally {
      running.delete(name);
    }
  };
}

function answerOf<Created>(
  result: IdempotentResult<Created>,
  respond: (created: Created) => StoredResponse,
): StoredResponse {
  if ('created' in result) return respond(result.created);
  if ('isReused' in result) {
    throw new Problem(
      'idempotency_key_reused',
      `This ${IDEMPOTENCY_HEADER} was sent before with another body; use a new one.`,
    );
  }
  const { replay } = result;
  return { ...replay, headers: { ...replay.headers, [REPLAYED_HEADER]: 'true' } };
}

const stillRunning = () =>
  new Problem(
    'conflict',
    `The first request with this ${IDEMPOTENCY_HEADER} is still running; send it again shortly.`,
    { 'Retry-After': '1' },
  );

const sha256 = (text: string) => createHash('sha256').update(text).digest();
