/** The HDP API's errors (contract B1): one sentence, told apart by the status alone. */
import { z } from 'zod';
import type { Problem, ProblemKind } from '../http/errors.ts';

// Where the contract gives the sentence, that is the sentence; elsewhere the problem's own says more.
export const HDP_ERRORS = {
  invalid_parameters: { status: 400, sentence: undefined },
  unauthenticated: { status: 401, sentence: undefined },
  forbidden: { status: 403, sentence: undefined },
  not_found: { status: 404, sentence: undefined },
  method_not_allowed: { status: 405, sentence: undefined },
  conflict: { status: 409, sentence: undefined },
  too_large: { status: 413, sentence: undefined },
  internal: { status: 500, sentence: 'Internal Server Error' },
  unavailable: { status: 503, sentence: 'Service unavailable' },
} as const satisfies Record<ProblemKind, { status: number; sentence: string | undefined }>;

export const hdpError = z
  .strictObject({
    error: z.string(),
    taskId: z.string().optional().meta({ description: 'The task that was asked for and does not exist.' }),
    uuid: z.string().optional().meta({ description: 'The same, where a retry was asked for.' }),
  })
  .meta({ id: 'Error' });

/** A problem in the shape of contract B1. */
export function hdpAnswer(problem: Problem) {
  const { status, sentence } = HDP_ERRORS[problem.kind];
  const body: z.infer<typeof hdpError> = { error: sentence ?? problem.message, ...problem.members };
  return { status, body };
}
