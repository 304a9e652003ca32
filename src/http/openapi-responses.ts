/** The parameters, headers and responses that the OpenAPI documents of both APIs share. */
import { z } from 'zod';
import type { oas31 } from 'zod-openapi';
import type { ApiErrorKind } from './errors.ts';
import { IDEMPOTENCY_HEADER } from './idempotency.ts';
import { JSON_TYPE } from './json-body.ts';

const HEADER_SCHEMAS = {
  string: { type: 'string' },
  int32: { type: 'integer', format: 'int32', minimum: 0 },
  int64: { type: 'integer', format: 'int64', minimum: 0 },
} as const satisfies Record<string, oas31.SchemaObject>;

/** Describes a response header that is always present. */
export const header = (type: keyof typeof HEADER_SCHEMAS, description: string) => ({
  description,
  required: true,
  schema: HEADER_SCHEMAS[type],
});

type Headers = Record<string, ReturnType<typeof header>>;

/** The headers of every response. */
export const commonHeaders: Headers = {
  'X-Request-Id': header('string', 'The id of this request in the logs.'),
  RateLimit: {
    ...header(
      'string',
      'Each limit by its name: the remaining requests `r`, and the seconds `t` until it is whole again.',
    ),
    required: false,
  },
  'RateLimit-Policy': {
    ...header('string', 'Each limit by its name: `q` requests in `w` seconds. Left out without limits.'),
    required: false,
  },
};

/** Left out if it would be longer than clients accept, because of a filter of thousands of characters. */
export const linkHeader: Headers = {
  Link: {
    ...header(
      'string',
      'The `first`, `prev`, `next` and `last` page (RFC 8288). Each reference is relative to the URL of the request. ' +
        'Left out if it would have more than 8,192 characters.',
    ),
    required: false,
  },
};

export const etagHeader: Headers = {
  ETag: header('string', 'A strong entity tag of the body, `X-Total-Count` and `Link` (RFC 9110, 8.8.3).'),
};

export const retryAfterHeader: Headers = { 'Retry-After': header('int32', 'Seconds to wait.') };

/** The request headers of a conditional GET. */
export const conditionalHeaders = {
  'If-None-Match': z.string().optional().meta({
    description: 'An `ETag` that the client has. If it is still current, the response is 304 without a body.',
  }),
  'If-Match': z.string().optional().meta({
    description: 'An `ETag`. If it is not current, the response is 412.',
  }),
};

/** The request header of a POST that is safe to repeat. */
export const idempotencyKey = {
  [IDEMPOTENCY_HEADER]: z
    .string()
    .min(1)
    .max(255)
    .optional()
    .meta({
      override: { pattern: '^[!-~]+$' },
      description:
        '1 to 255 visible ASCII characters. The first response is stored for 24 hours. A request with the same key, credential and body gets it again, with `Idempotency-Replayed: true`.',
    }),
};

export const replayedHeader: Headers = {
  'Idempotency-Replayed': {
    ...header('string', '`true` if this is the stored first response to an `Idempotency-Key`.'),
    required: false,
  },
};

/** Describes a response with a JSON body. */
export const jsonResponse = (description: string, schema: z.ZodType, headers: Headers = {}) => ({
  description,
  headers: { ...commonHeaders, ...headers },
  content: { [JSON_TYPE]: { schema } },
});

/** Describes a request body. Any type that ends in `+json` is accepted too. */
export const jsonRequest = (description: string, schema: z.ZodType) => ({
  description,
  required: true,
  content: { 'application/json': { schema } },
});

/** The error of a request that no API handles. */
const hostError = z
  .object({ error: z.string().meta({ description: 'One sentence.' }) })
  .meta({ id: 'HostError', description: 'The error of a request that neither API handles.' });

/** An error of an API: its status and, in the Services API, its code and name (contract A2). */
interface ErrorKind {
  status: number;
  code?: number;
  name?: string;
}

/**
 * Creates the error responses of an API.
 * @returns `error` describes one error. The other members are errors that several operations of both APIs have.
 */
export function createErrorResponses(errors: Record<ApiErrorKind, ErrorKind>, schema: z.ZodType) {
  const error = (kind: ApiErrorKind, description: string, headers: Headers = {}) => {
    const { status, code, name } = errors[kind];
    const label = code === undefined ? '' : `Code ${code}, \`${name}\`. `;
    return { [String(status)]: jsonResponse(label + description, schema, headers) };
  };
  const methodNotAllowed = error(
    'method_not_allowed',
    'The path was requested with a method that it does not support.',
    { Allow: header('string', 'The methods of the path.') },
  );
  const tooManyRequests = error(
    'too_many_requests',
    'There were too many requests in a minute, or too many failed attempts to authenticate.',
    retryAfterHeader,
  );
  return {
    error,
    methodNotAllowed,
    tooManyRequests,
    /** Any operation may have these. */
    serverErrors: {
      ...tooManyRequests,
      ...error('internal', 'An internal error. `X-Request-Id` names the request in the log.'),
      ...error('unavailable', 'The server is shutting down, or the database is busy.', retryAfterHeader),
    },
    /** A request that another method or another host would have handled. */
    routingErrors: {
      ...methodNotAllowed,
      '421': jsonResponse('The host of the request is not a host of this server.', hostError),
    },
    /** The responses to preconditions. */
    conditional: {
      '304': {
        description: 'The client already has this response: `If-None-Match` contains its `ETag`.',
        headers: { ...commonHeaders, ...etagHeader },
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

export type ErrorResponses = ReturnType<typeof createErrorResponses>;
