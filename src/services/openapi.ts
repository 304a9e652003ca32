/** The OpenAPI 3.1 document of the Services API, generated from the schemas that validate requests (contract A). */
import type { oas31 } from 'zod-openapi';
import { createApiDocument } from '../http/openapi-document.ts';
import { ABOUT_TAG, aboutPaths } from '../http/openapi-paths.ts';
import { ADMIN_HEADERS } from './credential-headers.ts';
import { errorResponses } from './errors.ts';
import { downloadPath } from './openapi-download.ts';
import examples from './openapi-examples.json' with { type: 'json' };
import { commonErrors, conditionalGet, DOWNLOADS_TAG, TASKS_TAG, taskPaths } from './openapi-tasks.ts';
import { session } from './session.ts';

const ACCESS_TAG = { name: 'Access', description: 'What the credentials of a request give access to.' };

const DESCRIPTION = `The background tasks of one chain (tenant) of a retail-loyalty platform.

**Authentication.** A request carries either an access token, which belongs to one chain, or the three headers of an
admin session. Reading needs READ access to the chain, and writing needs WRITE.

**Errors.** An error has a \`code\`, a \`name\` and a sentence that a person can act on. An unknown path returns 404. A
request whose \`Host\` is not a host of this server returns 421, and one that names two hosts returns 400; both have the
body \`{"error"}\`.

**Polling.** A response with an \`ETag\` can be requested again with \`If-None-Match\`. If nothing has changed, the
response is 304.

**Compatibility.** Responses may get new members. A client must ignore members that it does not know.`;

export const servicesDocument: oas31.OpenAPIObject = createApiDocument(
  {
    openapi: '3.1.0',
    info: {
      title: 'Services API: tasks',
      version: '1.0.0',
      description: DESCRIPTION,
      contact: { name: 'The operator of this server' },
    },
    tags: [TASKS_TAG, DOWNLOADS_TAG, ACCESS_TAG, ABOUT_TAG],
    security: [{ privileged: [] }, { adminUser: [], adminKey: [], adminChain: [] }],
    paths: {
      ...taskPaths,
      '/session': {
        get: conditionalGet({
          operationId: 'getSession',
          tag: ACCESS_TAG,
          summary: 'Describe the credentials',
          description:
            'An addition of this service. Returns whose the credentials of the request are, which chains they give access to, and which actions can be executed.',
          ok: ['The credentials, without a secret, and the supported actions.', session],
          errors: commonErrors,
        }),
      },
      '/downloads/{id}/{name}': downloadPath(DOWNLOADS_TAG.name),
      ...aboutPaths(errorResponses),
    },
    components: {
      securitySchemes: {
        privileged: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'ACCESS_TOKEN_ID:ACCESS_TOKEN_SECRET',
          description: 'An access token. It belongs to one chain and has WRITE access.',
        },
        adminUser: {
          type: 'apiKey',
          in: 'header',
          name: ADMIN_HEADERS.userId,
          description: 'The user of the admin session, an integer.',
        },
        adminKey: {
          type: 'apiKey',
          in: 'header',
          name: ADMIN_HEADERS.key,
          description: 'The key of the admin session.',
        },
        adminChain: {
          type: 'apiKey',
          in: 'header',
          name: ADMIN_HEADERS.chain,
          description: 'The chain that the request is for, an integer.',
        },
      },
    },
  },
  examples,
);
