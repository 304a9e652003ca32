/** What the OpenAPI documents of both APIs say in the same words. */
import { z } from 'zod';
import type { ApiErrorKind } from './errors.ts';
import { IDEMPOTENCY_HEADER } from './idempotency.ts';

/** A response header of the given JSON type, which every response of its kind has. */
export const header = (type: 'string' | 'integer', description: string) => ({
  description,
  required: true,
  schema: { type },
});

export const requestIdHeader = { 'X-Request-Id': header('string', 'Names this request in the logs.') };

export const linkHeader = { Link: header('string', 'The first, prev, next and last page (RFC 8288).') };

/** A header of every list, and the answer to a client that has it already. */
export const etagHeader = {
  ETag: header(
    'string',
    'Strong: the same for the same body, X-Total-Count and Link only (RFC 9110, 8.8.3).',
  ),
};

/** The request header of a POST that may be sent again without being done twice. */
export const idempotencyKey = {
  [IDEMPOTENCY_HEADER]: z.string().optional().meta({
    description:
      '1 to 255 visible ASCII characters. The first response is stored for 24 hours and sent again, with `Idempotency-Replayed: true`, to the same key, credential and body.',
  }),
};

export const replayedHeader = {
  'Idempotency-Replayed': {
    ...header('string', '`true` if this is the stored first response to an `Idempotency-Key`.'),
    required: false,
  },
};

export const notModified = {
  '304': {
    description: 'The client has this body already: `If-None-Match` names its `ETag`.',
    headers: { ...requestIdHeader, ...etagHeader },
  },
};

/** The headers of a 415: the content codings that are accepted (RFC 9110, 15.5.16). */
export const acceptEncodingHeader = { 'Accept-Encoding': header('string', 'Always `identity`.') };

/** Makes the entry of a `responses` object for one kind of problem of an API. */
export const createErrorResponse =
  <Kind extends ApiErrorKind>(errors: Record<Kind, { status: number }>, schema: z.ZodType) =>
  (kind: Kind, description: string, headers: Record<string, ReturnType<typeof header>> = {}) => ({
    [String(errors[kind].status)]: {
      description,
      headers: { ...requestIdHeader, ...headers },
      content: { 'application/json': { schema } },
    },
  });
