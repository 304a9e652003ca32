/** The errors of the HDP API (contract B1): a status and a sentence. There are no error codes. */
import { z } from 'zod';
import { isFailed, nextStatuses } from '../db/model/hdp-stages.ts';
import type { HdpStatus } from '../db/model/statuses.ts';
import type { ReportResult } from '../db/queries/hdp-task-lifecycle.ts';
import { ApiError, type ApiErrorKind } from '../http/errors.ts';
import { createErrorResponses } from '../http/openapi-responses.ts';

/** `sentence` is the sentence of the contract. If undefined, the message of the error is sent. */
export const HDP_ERRORS = {
  invalid_parameters: { status: 400, sentence: undefined },
  unauthenticated: { status: 401, sentence: undefined },
  forbidden: { status: 403, sentence: undefined },
  not_found: { status: 404, sentence: undefined },
  method_not_allowed: { status: 405, sentence: undefined },
  conflict: { status: 409, sentence: undefined },
  precondition_failed: { status: 412, sentence: undefined },
  too_large: { status: 413, sentence: undefined },
  unsupported_media_type: { status: 415, sentence: undefined },
  idempotency_key_reused: { status: 422, sentence: undefined },
  too_many_requests: { status: 429, sentence: 'Too many requests' },
  internal: { status: 500, sentence: 'Internal Server Error' },
  unavailable: { status: 503, sentence: 'Service unavailable' },
} as const satisfies Record<ApiErrorKind, { status: number; sentence: string | undefined }>;

const hdpError = z
  .strictObject({
    error: z.string().meta({ description: 'One sentence that a person can act on.' }),
    taskId: z.string().optional().meta({ description: 'The task that does not exist.' }),
    uuid: z.string().optional().meta({ description: 'The task that does not exist, for a retry.' }),
  })
  .meta({ id: 'Error' });

/** The error responses in the OpenAPI document. */
export const errorResponses = createErrorResponses(HDP_ERRORS, hdpError);

/** Returns an error in the format of contract B1. */
export function toHdpError(error: ApiError) {
  const { status, sentence } = HDP_ERRORS[error.kind];
  const body: z.infer<typeof hdpError> = { error: sentence ?? error.message, ...error.members };
  return { status, body };
}

/** @throws ApiError 404 with the uuid as its member `key` (contract B1) */
export function throwTaskNotFound(uuid: string, key: 'taskId' | 'uuid' = 'taskId'): never {
  throw new ApiError('not_found', 'Task not found', {}, { [key]: uuid });
}

/** Returns the error for a transition that was not accepted. */
export function toConflict(
  { outcome, status }: Exclude<ReportResult, { outcome: 'accepted' }>,
  reported: HdpStatus,
): ApiError {
  if (outcome === 'contradicts') {
    return new ApiError('conflict', `${reported} was already reported with different content.`);
  }
  return new ApiError('conflict', `The task is at ${status}, and ${describeNext(status)}.`);
}

function describeNext(status: HdpStatus): string {
  const next = nextStatuses(status);
  if (next.length > 0) return `only ${next.join(' or ')} may follow`;
  return isFailed(status) ? 'nothing may follow before a retry' : 'nothing may follow';
}
