/** The operations of both APIs that are about the API itself: its index and its document. Additions of this service. */
import { z } from 'zod';
import { createConditionalGet } from './openapi-operations.ts';
import {
  conditionalHeaders,
  type ErrorResponses,
  etagHeader,
  jsonResponse,
  retryAfterHeader,
} from './openapi-responses.ts';

export const ABOUT_TAG = { name: 'About', description: 'The API itself. Needs no credentials.' };

const index = z
  .object({
    tasks: z.string().meta({ description: 'The list of tasks, relative to the URL of the index.' }),
    openapi: z.string().meta({ description: 'This document.' }),
    docs: z.string().meta({ description: 'The reference for people.' }),
  })
  .meta({ id: 'Index' });

const openApiDocument = z
  .looseObject({
    openapi: z.string(),
    info: z
      .looseObject({
        title: z.string(),
        version: z.string(),
        description: z.string().optional(),
        contact: z.record(z.string(), z.unknown()).optional(),
      })
      .meta({ id: 'OpenApiInfo' }),
    paths: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'OpenApiDocument', description: 'An OpenAPI 3.1 document.' });

/** Describes `/` and `/openapi.json`. */
export const aboutPaths = ({ error, routingErrors, conditional, tooManyRequests }: ErrorResponses) => {
  const refused = {
    ...tooManyRequests,
    ...error('unavailable', 'The server is shutting down.', retryAfterHeader),
  };
  const indexResponse = jsonResponse('The index.', index, etagHeader);
  const page = { 'text/html; charset=utf-8': { schema: { type: 'string' as const } } };
  return {
    '/': {
      get: {
        operationId: 'getIndex',
        tags: [ABOUT_TAG.name],
        summary: 'Get the index of the API',
        description:
          'An addition of this service. Returns references to a client that accepts JSON and not HTML, ' +
          'and a page for people to others.',
        security: [],
        requestParams: { header: z.object(conditionalHeaders) },
        responses: {
          '200': { ...indexResponse, content: { ...indexResponse.content, ...page } },
          ...conditional,
          ...routingErrors,
          ...refused,
        },
      },
    },
    '/openapi.json': {
      get: {
        ...createConditionalGet({ conditional })({
          operationId: 'getOpenApiDocument',
          tag: ABOUT_TAG,
          summary: 'Get this document',
          description:
            'An addition of this service. `servers` has the origin that the client used for this request.',
          ok: ['This document.', openApiDocument],
          errors: { ...routingErrors, ...refused },
        }),
        security: [],
      },
    },
  };
};
