/** What the OpenAPI documents of both APIs say in the same words. */
import type { z } from 'zod';
import type { ProblemKind } from './errors.ts';

/** A response header of the given JSON type. */
export const header = (type: 'string' | 'integer', description: string) => ({
  description,
  schema: { type },
});

export const requestIdHeader = { 'X-Request-Id': header('string', 'Names this request in the logs.') };

export const linkHeader = { Link: header('string', 'The first, prev, next and last page (RFC 8288).') };

/** A header of every list, and the answer to a client that has it already. */
export const etagHeader = {
  ETag: header('string', 'Strong: the same for the same body only (RFC 9110, 8.8.3).'),
};
export const notModified = {
  '304': {
    description: 'The client has this body already: `If-None-Match` names its `ETag`.',
    headers: { ...requestIdHeader, ...etagHeader },
  },
};

/** Makes the entry of a `responses` object for one kind of problem of an API. */
export const createErrorResponse =
  <Kind extends ProblemKind>(errors: Record<Kind, { status: number }>, schema: z.ZodType) =>
  (kind: Kind, description: string, headers: Record<string, ReturnType<typeof header>> = {}) => ({
    [String(errors[kind].status)]: {
      description,
      headers: { ...requestIdHeader, ...headers },
      content: { 'application/json': { schema } },
    },
  });
