/** The Services API as an OpenAPI 3.1 document, made from the schemas that validate its requests (contract A). */
import { z } from 'zod';
import { createDocument, type oas31 } from 'zod-openapi';
import { createErrorResponse, header, linkHeader, requestIdHeader } from '../http/openapi.ts';
import { ADMIN_HEADERS } from './auth.ts';
import { SERVICES_ERRORS, servicesError } from './errors.ts';
import { listTasksQuery, servicesTask } from './schema.ts';

const error = createErrorResponse(SERVICES_ERRORS, servicesError);

export const servicesDocument: oas31.OpenAPIObject = createDocument({
  openapi: '3.1.0',
  info: {
    title: 'Services API: tasks',
    version: '1.0.0',
    description: 'The background tasks of one chain of a retail-loyalty platform.',
  },
  servers: [{ url: '/' }],
  security: [{ privileged: [] }, { adminUser: [], adminKey: [], adminChain: [] }],
  paths: {
    '/tasks': {
      get: {
        operationId: 'listTasks',
        summary: 'List tasks',
        description: 'The tasks of the authenticated chain, id ascending. Filters combine with AND.',
        requestParams: { query: listTasksQuery },
        responses: {
          '200': {
            description: 'One page of tasks.',
            headers: {
              ...requestIdHeader,
              ...linkHeader,
              'X-Total-Count': header('integer', 'How many tasks the filter matches, exactly.'),
            },
            content: { 'application/json': { schema: z.array(servicesTask) } },
          },
          ...error(
            'invalid_parameters',
            'A parameter is not acceptable; the description says which and why.',
          ),
          ...error('unauthenticated', 'No valid credentials. The answer never says which part was wrong.', {
            'WWW-Authenticate': header('string', 'Always `Bearer realm="services"`.'),
          }),
          ...error('forbidden', 'A valid admin session without the access level for the chain.'),
          ...error('internal', 'Our mistake.'),
          ...error('unavailable', 'Shutting down, or the database is busy.', {
            'Retry-After': header('integer', 'Seconds to wait.'),
          }),
        },
      },
    },
  },
  components: {
    securitySchemes: {
      privileged: { type: 'http', scheme: 'bearer', bearerFormat: 'ACCESS_TOKEN_ID:ACCESS_TOKEN_SECRET' },
      adminUser: { type: 'apiKey', in: 'header', name: ADMIN_HEADERS.userId },
      adminKey: { type: 'apiKey', in: 'header', name: ADMIN_HEADERS.key },
      adminChain: { type: 'apiKey', in: 'header', name: ADMIN_HEADERS.chain },
    },
  },
});
