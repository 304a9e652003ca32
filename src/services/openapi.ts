/** The OpenAPI 3.1 document of the Services API, generated from the schemas that validate requests (contract A). */
import { z } from 'zod';
import type { oas31 } from 'zod-openapi';
import { createApiDocument } from '../http/openapi-document.ts';
import { ABOUT_TAG, aboutPaths } from '../http/openapi-paths.ts';
import {
  conditionalHeaders,
  etagHeader,
  header,
  idempotencyKey,
  jsonRequest,
  jsonResponse,
  linkHeader,
  replayedHeader,
} from '../http/openapi-responses.ts';
import { createTaskBody } from './create-task.ts';
import { ADMIN_HEADERS } from './credential-headers.ts';
import { errorResponses } from './errors.ts';
import { figures } from './figures.ts';
import { downloadPath } from './openapi-download.ts';
import examples from './openapi-examples.json' with { type: 'json' };
import {
  downloadUrl,
  getTaskQuery,
  listTasksQuery,
  loggedTask,
  servicesTask,
  taskParameters,
  taskState,
} from './schema.ts';
import { session } from './session.ts';

const { error, serverErrors, routingErrors, conditional, tooLarge, encodedBody, idempotencyErrors } =
  errorResponses;

const commonErrors = {
  ...error('invalid_parameters', 'A parameter is invalid. The description names it and the accepted values.'),
  ...error('unauthenticated', 'The credentials are missing or invalid.', {
    'WWW-Authenticate': header('string', 'Always `Bearer realm="services"`.'),
  }),
  ...error('forbidden', 'The admin session has no sufficient access level for the chain.'),
  ...routingErrors,
  ...serverErrors,
};
const taskNotFound = error('not_found', 'The chain has no such task.');
const TASKS_TAG = { name: 'Tasks', description: 'The background tasks of the authenticated chain.' };
const ACCESS_TAG = { name: 'Access', description: 'What the credentials of a request give access to.' };
const DOWNLOADS_TAG = { name: 'Downloads', description: 'The files that tasks have exported.' };

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
      '/tasks': {
        get: {
          operationId: 'listTasks',
          tags: [TASKS_TAG.name],
          summary: 'List tasks',
          description:
            'Returns the tasks of the authenticated chain, sorted by id. Filters are combined with AND.',
          requestParams: { query: listTasksQuery, header: z.object(conditionalHeaders) },
          responses: {
            '200': jsonResponse('One page of tasks. It is empty past the last page.', z.array(servicesTask), {
              ...linkHeader,
              ...etagHeader,
              'X-Total-Count': header('int64', 'The exact number of tasks that the filter matches.'),
            }),
            ...conditional,
            ...commonErrors,
          },
        },
        post: {
          operationId: 'createTask',
          tags: [TASKS_TAG.name],
          summary: 'Create a task',
          description:
            'Needs WRITE. The new task is READY. It runs at `trigger.once` if a runner supports its action.',
          requestParams: { header: z.object(idempotencyKey) },
          requestBody: jsonRequest('The new task.', createTaskBody),
          responses: {
            '201': jsonResponse('The new task.', loggedTask, {
              ...replayedHeader,
              Location: header('string', 'The path of the task.'),
            }),
            ...commonErrors,
            ...error('forbidden', 'No WRITE access to the chain, or `chain` is not the authenticated one.'),
            ...idempotencyErrors,
            ...tooLarge,
            ...encodedBody,
          },
        },
      },
      '/figures': {
        get: {
          operationId: 'getFigures',
          tags: [TASKS_TAG.name],
          summary: 'Get the figures of the chain',
          description:
            'An addition of this service. Every figure equals a count of the tasks of the authenticated chain when the response is built.',
          requestParams: { header: z.object(conditionalHeaders) },
          responses: {
            '200': jsonResponse('The figures.', figures, etagHeader),
            ...conditional,
            ...commonErrors,
          },
        },
      },
      '/tasks/{id}': {
        get: {
          operationId: 'getTask',
          tags: [TASKS_TAG.name],
          summary: 'Get a task and its log',
          description:
            'Returns a task of the authenticated chain. For a task of another chain, the response is 404.',
          requestParams: {
            path: taskParameters,
            query: getTaskQuery,
            header: z.object(conditionalHeaders),
          },
          responses: {
            '200': jsonResponse('The task.', loggedTask, etagHeader),
            ...conditional,
            ...commonErrors,
            ...taskNotFound,
          },
        },
      },
      '/tasks/{id}/execute': {
        post: {
          operationId: 'executeTask',
          tags: [TASKS_TAG.name],
          summary: 'Run a task now',
          description:
            'Needs WRITE. Responds when the run has ended. A task that is DONE or ERROR runs again; this creates no further task of its series.',
          requestParams: { path: taskParameters },
          responses: {
            '200': jsonResponse('The state after the run. Its code is DONE or ERROR.', taskState),
            ...encodedBody,
            ...commonErrors,
            ...taskNotFound,
            ...error('conflict', 'The task is INPROGRESS, or no runner supports its action.'),
          },
        },
      },
      '/tasks/{id}/download_url': {
        get: {
          operationId: 'getDownloadUrl',
          tags: [DOWNLOADS_TAG.name],
          summary: 'Get a download URL',
          description: 'Returns a URL of the file that an export has written. The task must be DONE.',
          requestParams: { path: taskParameters },
          responses: {
            '200': jsonResponse('The URL.', downloadUrl),
            ...commonErrors,
            ...taskNotFound,
            ...error(
              'conflict',
              'The action is not export, the task is not DONE, or its file no longer exists.',
            ),
          },
        },
      },
      '/session': {
        get: {
          operationId: 'getSession',
          tags: [ACCESS_TAG.name],
          summary: 'Describe the credentials',
          description:
            'An addition of this service. Returns whose the credentials of the request are, and which chains they give access to.',
          requestParams: { header: z.object(conditionalHeaders) },
          responses: {
            '200': jsonResponse('The credentials, without a secret.', session, etagHeader),
            ...conditional,
            ...commonErrors,
          },
        },
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
