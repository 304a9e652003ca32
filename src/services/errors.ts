/** The Services API's errors (contract A2): the vendor's envelope, its numbers where it has one, ours from 9000 up. */
import { z } from 'zod';
import type { ApiError, ApiErrorKind } from '../http/errors.ts';

export const SERVICES_ERRORS = {
  invalid_parameters: { status: 400, code: 9000, name: 'invalid_parameters' },
  unauthenticated: { status: 401, code: 6, name: 'no_valid_session' },
  forbidden: { status: 403, code: 68, name: 'permission_denied_or_non_existent' },
  not_found: { status: 404, code: 9004, name: 'object_not_found' },
  method_not_allowed: { status: 405, code: 4, name: 'http_request_method_not_allowed' },
  conflict: { status: 409, code: 9009, name: 'task_state_conflict' },
  precondition_failed: { status: 412, code: 9012, name: 'precondition_failed' },
  too_large: { status: 413, code: 9013, name: 'payload_too_large' },
  unsupported_media_type: { status: 415, code: 9015, name: 'unsupported_media_type' },
  idempotency_key_reused: { status: 422, code: 9022, name: 'idempotency_key_reused' },
  internal: { status: 500, code: 9050, name: 'internal_error' },
  unavailable: { status: 503, code: 9053, name: 'service_unavailable' },
} as const satisfies Record<ApiErrorKind, { status: number; code: number; name: string }>;

export const servicesError = z
  .strictObject({
    result: z.strictObject({ code: z.literal(2), status: z.literal('error') }),
    error: z.strictObject({
      code: z.int(),
      name: z.enum(Object.values(SERVICES_ERRORS).map((error) => error.name)),
      description: z.string().meta({ description: 'One sentence that a person can act on.' }),
    }),
  })
  .meta({ id: 'Error' });

/** A problem in the envelope of contract A2. */
export function toServicesError(problem: ApiError) {
  const { status, code, name } = SERVICES_ERRORS[problem.kind];
  const body: z.infer<typeof servicesError> = {
    result: { code: 2, status: 'error' },
    error: { code, name, description: problem.message },
  };
  return { status, body };
}
