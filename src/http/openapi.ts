/** The parts of an OpenAPI document that both APIs share. */
import { z } from 'zod';
import type { ApiErrorKind } from './errors.ts';
import { IDEMPOTENCY_HEADER } from './idempotency.ts';

/** Describes a response header that is always present. */
export const header = (type: 'string' | 'integer', description: string) => ({
  description,
  required: true,
  schema: { type },
});

type Headers = Record<string, ReturnType<typeof header>>;

export const requestIdHeader = { 'X-Request-Id': header('string', 'The id of this request in the logs.') };

export const linkHeader = { Link: header('string', 'The first, prev, next and last page (RFC 8288).') };

export const etagHeader = {
  ETag: header('string', 'A strong entity tag of the body, X-Total-Count and Link (RFC 9110, 8.8.3).'),
};

const retryAfterHeader = { 'Retry-After': header('integer', 'Seconds to wait.') };

/** The request header of a POST that is safe to repeat. */
export const idempotencyKey = {
  [IDEMPOTENCY_HEADER]: z.string().optional().meta({
    description:
      '1 to 255 visible ASCII characters. The first response is stored for 24 hours. A request with the same key, credential and body gets it again, with `Idempotency-Replayed: true`.',
  }),
};

export const replayedHeader = {
  'Idempotency-Replayed': {
    ...header('string', '`true` if this is the stored first response to an `Idempotency-Key`.'),
    required: false,
  },
};

/** Describes a response with a JSON body. */
export const jsonResponse = (
  description: string,
  schema: z.ZodType,
  headers: Record<
    string,
    { description: string; required: boolean; schema: { type: 'string' | 'integer' } }
  > = {},
) => ({
  description,
  headers: { ...requestIdHeader, ...headers },
  content: { 'application/json': { schema } },
});

/**
 * Creates the error responses of an API.
 * @returns `error` describes one error. The other members are errors that several operations of both APIs have.
 */
export function createErrorResponses(errors: Record<ApiErrorKind, { status: number }>, schema: z.ZodType) {
  const error = (kind: ApiErrorKind, description: string, headers: Headers = {}) => ({
    [String(errors[kind].status)]: jsonResponse(description, schema, headers),
  });
  return {
    error,
    serverErrors: {
      ...error('internal', 'An internal error.'),
      ...error('unavailable', 'The server is shutting down, or the database is busy.', retryAfterHeader),
    },
    /** The responses to preconditions. */
    conditional: {
      '304': {
        description: 'The client already has this response: `If-None-Match` contains its `ETag`.',
        headers: { ...requestIdHeader, ...etagHeader },
      },
      ...error('precondition_failed', '`If-Match` names another representation.'),
    },
    tooLarge: error('too_large', 'The body has more than 1 MiB.'),
    encodedBody: error('unsupported_media_type', 'The body has a `Content-Encoding`.', {
      'Accept-Encoding': header('string', 'Always `identity`.'),
    }),
    idempotencyErrors: {
      ...error(
        'conflict',
        'The first request with this `Idempotency-Key` is still running.',
        retryAfterHeader,
      ),
      ...error('idempotency_key_reused', 'The `Idempotency-Key` was sent before with another body.'),
    },
  };
}
