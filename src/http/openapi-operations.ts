/** Operations that the documents of both APIs describe in the same way. */
import { z } from 'zod';
import { conditionalHeaders, type ErrorResponses, etagHeader, jsonResponse } from './openapi-responses.ts';

type Responses = Record<string, object>;

/** A GET whose response has an ETag. */
export interface ConditionalGet {
  operationId: string;
  tag: { name: string };
  summary: string;
  description: string;
  params?: { path?: z.ZodObject; query?: z.ZodObject };
  /** The arguments of `jsonResponse`, without the ETag. */
  ok: Parameters<typeof jsonResponse>;
  errors: Responses;
}

/** Creates a function that describes a GET with the request headers and the responses of preconditions. */
export const createConditionalGet =
  ({ conditional }: Pick<ErrorResponses, 'conditional'>) =>
  ({ tag, params, ok: [description, schema, headers], errors, ...texts }: ConditionalGet) => ({
    ...texts,
    tags: [tag.name],
    requestParams: { ...params, header: z.object(conditionalHeaders) },
    responses: {
      '200': jsonResponse(description, schema, { ...headers, ...etagHeader }),
      ...conditional,
      ...errors,
    },
  });
