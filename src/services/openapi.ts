/** The OpenAPI 3.1 document of the Services API, generated from the schemas that validate requests (contract A). */
import { z } from 'zod';
import { createDocument, type oas31 } from 'zod-openapi';
import {
  etagHeader,
  header,
  idempotencyKey,
  jsonResponse,
  linkHeader,
  replayedHeader,
} from '../http/openapi.ts';
import { createTaskBody } from './create-task.ts';
import { ADMIN_HEADERS } from './credential-headers.ts';
import { errorResponses } from './errors.ts';
import { figures } from './figures.ts';
import { downloadPath } from './openapi-download.ts';
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

const { error, serverErrors, conditional, tooLarge, encodedBody, idempotencyErrors } = errorResponses;

const readErrors = {
  ...error('invalid_parameters', 'A parameter is invalid. The description names it and the accepted values.'),
  ...error('unauthenticated', 'The credentials are missing or invalid.', {
    'WWW-Authenticate': header('string', 'Always `Bearer realm="services"`.'),
  }),
  ...error('forbidden', 'The admin session has no sufficient access level for the chain.'),
  ...serverErrors,
};
const taskNotFound = error('not_found', 'The chain has no such task.');

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
        description:
          'Returns the tasks of the authenticated chain, sorted by id. Filters are combined with AND.',
        requestParams: { query: listTasksQuery },
        responses: {
          '200': jsonResponse('One page of tasks.', z.array(servicesTask), {
            ...linkHeader,
            ...etagHeader,
            'X-Total-Count': header('integer', 'The exact number of tasks that the filter matches.'),
          }),
          ...conditional,
          ...readErrors,
        },
      },
      post: {
        operationId: 'createTask',
        summary: 'Create a task',
        description:
          'Needs WRITE. The new task is READY. It runs at `trigger.once` if a runner supports its action. Other keys of the body are ignored.',
        requestParams: { header: z.object(idempotencyKey) },
        requestBody: { required: true, content: { 'application/json': { schema: createTaskBody } } },
        responses: {
          '201': jsonResponse('The new task.', loggedTask, {
            ...replayedHeader,
            Location: header('string', 'The path of the task.'),
          }),
          ...readErrors,
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
        summary: 'Get the figures of the chain',
        description:
          'An addition of this service. Every figure equals a count of the tasks of the authenticated chain when the response is built.',
        responses: {
          '200': jsonResponse('The figures.', figures, etagHeader),
          ...conditional,
          ...readErrors,
        },
      },
    },
    '/tasks/{id}': {
      get: {
        operationId: 'getTask',
        summary: 'Get a task and its log',
        description:
          'Returns a task of the authenticated chain. For a task of another chain, the response is 404.',
        requestParams: { path: taskParameters, query: getTaskQuery },
        responses: {
          '200': jsonResponse('The task.', loggedTask, etagHeader),
          ...conditional,
          ...readErrors,
          ...taskNotFound,
        },
      },
    },
    '/tasks/{id}/execute': {
      post: {
        operationId: 'executeTask',
        summary: 'Run a task now',
        description:
          'Needs WRITE. Responds when the run has ended. A task that is DONE or ERROR runs again; this creates no further task of its series.',
        requestParams: { path: taskParameters },
        responses: {
          '200': jsonResponse('The state after the run. Its code is DONE or ERROR.', taskState),
          ...encodedBody,
          ...readErrors,
          ...taskNotFound,
          ...error('conflict', 'The task is INPROGRESS, or no runner supports its action.'),
        },
      },
    },
    '/tasks/{id}/download_url': {
      get: {
        operationId: 'getDownloadUrl',
        summary: 'Get a download URL',
        requestParams: { path: taskParameters },
        responses: {
          '200': jsonResponse('The URL.', downloadUrl),
          ...readErrors,
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
        summary: 'Describe the credentials',
        description:
          'An addition of this service. Returns whose the credentials of the request are, and which chains they give access to.',
        responses: { '200': jsonResponse('The credentials, without a secret.', session), ...readErrors },
      },
    },
    '/downloads/{id}/{name}': downloadPath,
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
