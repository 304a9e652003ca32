/** The HDP API's errors (contract B1): one sentence, told apart by the status alone. */
import { z } from 'zod';
import { followersOf, isFailed } from '../db/model/hdp-stages.ts';
import type { HdpStatus } from '../db/model/statuses.ts';
import type { Reported } from '../db/queries/hdp-task-lifecycle.ts';
import { ApiError, type ApiErrorKind } from '../http/errors.ts';
import { createErrorResponses } from '../http/openapi.ts';

// Where the contract gives the sentence, that is the sentence; elsewhere the problem's own says more.
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
  internal: { status: 500, sentence: 'Internal Server Error' },
  unavailable: { status: 503, sentence: 'Service unavailable' },
} as const satisfies Record<ApiErrorKind, { status: number; sentence: string | undefined }>;

export const hdpError = z
  .strictObject({
    error: z.string(),
    taskId: z.string().optional().meta({ description: 'The task that was asked for and does not exist.' }),
    uuid: z.string().optional().meta({ description: 'The same, where a retry was asked for.' }),
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

/** @throws ApiError 404, which names the task under `key` (contract B1) */
export function missing(uuid: string, key: 'taskId' | 'uuid' = 'taskId'): never {
  throw new ApiError('not_found', 'Task not found', {}, { [key]: uuid });
}

/** Why a report was not accepted. */
export function conflict(
  { outcome, status }: Exclude<Reported, { outcome: 'accepted' }>,
  reported: HdpStatus,
): ApiError {
  if (outcome === 'contradicts') {
    return new ApiError('conflict', `${reported} was reported before with other content, which stands.`);
  }
  const next = followersOf(status);
  const rest =
    next.length > 0
      ? `only ${next.join(' or ')} may follow`
      : isFailed(status)
        ? 'nothing may follow before a retry'
        : 'nothing may follow';
  return new ApiError('conflict', `The task is at ${status}, and ${rest}.`);
}
