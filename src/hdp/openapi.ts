/** The HDP API as an OpenAPI 3.1 document, made from the schemas that validate its requests (contract B). */
import { createDocument, type oas31 } from 'zod-openapi';
import { createErrorResponse, header, linkHeader, requestIdHeader } from '../http/openapi.ts';
import { HDP_ERRORS, hdpError } from './errors.ts';
import { listTasksQuery, taskList } from './schema.ts';

const error = createErrorResponse(HDP_ERRORS, hdpError);

export const hdpDocument: oas31.OpenAPIObject = createDocument({
  openapi: '3.1.0',
  info: {
    title: 'HDP API: tasks',
    version: '1.0.0',
    description: 'The public list of Herodotus Data Processor tasks. Reading needs no authentication.',
  },
  servers: [{ url: '/' }],
  security: [],
  paths: {
    '/tasks': {
      get: {
        operationId: 'listTasks',
        summary: 'List tasks',
        description: 'All tasks, or those that a search finds: createdAt newest first, then uuid descending.',
        requestParams: { query: listTasksQuery },
        responses: {
          '200': {
            description: 'One page of tasks; empty past the end.',
            headers: { ...requestIdHeader, ...linkHeader },
            content: { 'application/json': { schema: taskList } },
          },
          ...error(
            'invalid_parameters',
            'A parameter is not acceptable; the sentence names it and its range.',
          ),
          ...error('internal', 'Our mistake.'),
          ...error('unavailable', 'Shutting down, or the database is busy.', {
            'Retry-After': header('integer', 'Seconds to wait.'),
          }),
        },
      },
    },
  },
});
