/** The OpenAPI 3.1 document of the HDP API, generated from the schemas that validate requests (contract B). */
import type { oas31 } from 'zod-openapi';
import { createApiDocument } from '../http/openapi-document.ts';
import { ABOUT_TAG, aboutPaths } from '../http/openapi-paths.ts';
import { jsonResponse } from '../http/openapi-responses.ts';
import { KEY_HEADER } from './auth.ts';
import { errorResponses } from './errors.ts';
import examples from './openapi-examples.json' with { type: 'json' };
import { PROCESSORS_TAG, TASKS_TAG, taskPaths } from './openapi-tasks.ts';
import { WEBHOOK_TAG, webhooks } from './openapi-webhooks.ts';
import { health } from './task-schema.ts';

const HEALTH_TAG = { name: 'Health', description: 'The health of the service.' };

const DESCRIPTION = `Herodotus Data Processor tasks.

**Authentication.** Reading needs no API key and ignores one that is sent. Writing needs the key of a client or of a
processor.

**Errors.** An error is \`{"error"}\` with a sentence that a person can act on. An unknown path returns 404, and a request
whose \`Host\` is not a host of this server returns 421.

**Polling.** A response with an \`ETag\` can be requested again with \`If-None-Match\`. If nothing has changed, the
response is 304.

**Compatibility.** Responses and webhooks may get new members. A client must ignore members that it does not know.`;

const isAlive = {
  operationId: 'isAlive',
  tags: [HEALTH_TAG.name],
  summary: 'Check the health of the service',
  description: 'Reads from the database. This path is answered on any host.',
  responses: {
    '200': jsonResponse('The service is healthy.', health),
    ...errorResponses.methodNotAllowed,
    '503': jsonResponse('The database cannot be read, or the service is shutting down.', health),
  },
};

export const hdpDocument: oas31.OpenAPIObject = createApiDocument(
  {
    openapi: '3.1.0',
    info: {
      title: 'HDP API: tasks',
      version: '1.0.0',
      description: DESCRIPTION,
      contact: { name: 'The operator of this server' },
    },
    tags: [TASKS_TAG, PROCESSORS_TAG, HEALTH_TAG, WEBHOOK_TAG, ABOUT_TAG],
    security: [],
    webhooks,
    paths: { ...taskPaths, '/is-alive': { get: isAlive }, ...aboutPaths(errorResponses) },
    components: {
      securitySchemes: {
        client: { type: 'apiKey', in: 'header', name: KEY_HEADER, description: 'The key of a client.' },
        processor: { type: 'apiKey', in: 'header', name: KEY_HEADER, description: 'The key of a processor.' },
      },
    },
  },
  examples,
);
