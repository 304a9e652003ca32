/** The errors of the Services API (contract A2). Codes below 9000 are the vendor's; codes from 9000 are of this service. */

import { z } from 'zod';
import { unsupportedActionMessage } from '../db/model/unsupported-action.ts';
import type { StoredFile } from '../db/queries/services-task-lifecycle.ts';
import type { ServicesTaskRow } from '../db/rows.ts';
import { ApiError, type ApiErrorKind, unavailable } from '../http/errors.ts';
import { createErrorResponses } from '../http/openapi-responses.ts';
import type { ExecuteResult } from '../runner/runner.ts';

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
  too_many_requests: { status: 429, code: 9029, name: 'too_many_requests' },
  internal: { status: 500, code: 9050, name: 'internal_error' },
  unavailable: { status: 503, code: 9053, name: 'service_unavailable' },
} as const satisfies Record<ApiErrorKind, { status: number; code: number; name: string }>;

const servicesError = z
  .strictObject({
    result: z.strictObject({ code: z.literal(2), status: z.literal('error') }).meta({ id: 'ErrorResult' }),
    error: z
      .strictObject({
        code: z
          .int()
          .min(1)
          .max(9999)
          .meta({ description: 'The code of the error. Each response names its own.' }),
        name: z.enum(Object.values(SERVICES_ERRORS).map((error) => error.name)),
        description: z.string().meta({ description: 'One sentence that a person can act on.' }),
      })
      .meta({ id: 'ErrorDetail' }),
  })
  .meta({ id: 'Error' });

/** The error responses in the OpenAPI document. */
export const errorResponses = createErrorResponses(SERVICES_ERRORS, servicesError);

/** Returns an error in the envelope of contract A2. */
export function toServicesError(error: ApiError) {
  const { status, code, name } = SERVICES_ERRORS[error.kind];
  const body: z.infer<typeof servicesError> = {
    result: { code: 2, status: 'error' },
    error: { code, name, description: error.message },
  };
  return { status, body };
}

type Refusal = Extract<ExecuteResult, { refusal: string }>['refusal'];

export const taskNotFound = () => new ApiError('not_found', 'There is no such task.');

/** Returns the error for a task that cannot be executed. @param actions the supported actions */
export function toExecuteError(refusal: Refusal, actions: readonly string[]): ApiError {
  switch (refusal) {
    case 'missing':
      return taskNotFound();
    case 'running':
      return new ApiError('conflict', 'The task is INPROGRESS already; wait until it is DONE or ERROR.');
    case 'unhandled':
      return new ApiError('conflict', unsupportedActionMessage(actions));
    case 'lost':
      return new ApiError('conflict', 'The task was changed or taken over while it ran; read it again.');
    case 'stopping':
      return unavailable();
  }
}

/**
 * Requires that a task has a file to download, and returns the file.
 * @param file undefined if the task has no readable file
 * @throws ApiError 409 if there is no file
 */
export function requireFile({ action, status }: ServicesTaskRow, file: StoredFile | undefined): StoredFile {
  if (action !== 'export' || status !== 'DONE') {
    throw new ApiError('conflict', 'A task has a file only if its action is export and it is DONE.');
  }
  if (file === undefined) {
    throw new ApiError(
      'conflict',
      'The file of this task no longer exists. Execute the task to create it again.',
    );
  }
  return file;
}
