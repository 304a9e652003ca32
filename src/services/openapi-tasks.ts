/** The operations on the tasks of a chain in the OpenAPI document of the Services API (contract A3, A4). */
import { z } from 'zod';
import { createConditionalGet } from '../http/openapi-operations.ts';
import {
  header,
  idempotencyKey,
  jsonRequest,
  jsonResponse,
  linkHeader,
  replayedHeader,
} from '../http/openapi-responses.ts';
import { createTaskBody } from './create-task.ts';
import { errorResponses } from './errors.ts';
import { figures } from './figures.ts';
import {
  downloadUrl,
  getTaskQuery,
  listTasksQuery,
  loggedTask,
  servicesTask,
  taskParameters,
  taskState,
} from './schema.ts';

const { error, serverErrors, routingErrors, tooLarge, encodedBody, idempotencyErrors } = errorResponses;
export const conditionalGet = createConditionalGet(errorResponses);

/** The errors of every operation that needs credentials. */
export const commonErrors = {
  ...error('invalid_parameters', 'A parameter is invalid. The description names it and the accepted values.'),
  ...error('unauthenticated', 'The credentials are missing or invalid.', {
    'WWW-Authenticate': header('string', 'Always `Bearer realm="services"`.'),
  }),
  ...error('forbidden', 'The admin session has no sufficient access level for the chain.'),
  ...routingErrors,
  ...serverErrors,
};
const taskNotFound = error('not_found', 'The chain has no such task.');
export const TASKS_TAG = { name: 'Tasks', description: 'The background tasks of the authenticated chain.' };
export const DOWNLOADS_TAG = { name: 'Downloads', description: 'The files that tasks have exported.' };

export const taskPaths = {
  '/tasks': {
    get: conditionalGet({
      operationId: 'listTasks',
      tag: TASKS_TAG,
      summary: 'List tasks',
      description:
        'Returns the tasks of the authenticated chain, sorted by id. Filters are combined with AND.',
      params: { query: listTasksQuery },
      ok: [
        'One page of tasks. It is empty past the last page.',
        z.array(servicesTask),
        {
          ...linkHeader,
          'X-Total-Count': header('int64', 'The exact number of tasks that the filter matches.'),
        },
      ],
      errors: commonErrors,
    }),
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
          Location: header('string', 'The task, relative to the URL of the request.'),
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
    get: conditionalGet({
      operationId: 'getFigures',
      tag: TASKS_TAG,
      summary: 'Get the figures of the chain',
      description:
        'An addition of this service. Every figure equals a count of the tasks of the authenticated chain when the response is built.',
      ok: ['The figures.', figures],
      errors: commonErrors,
    }),
  },
  '/tasks/{id}': {
    get: conditionalGet({
      operationId: 'getTask',
      tag: TASKS_TAG,
      summary: 'Get a task and its log',
      description:
        'Returns a task of the authenticated chain. For a task of another chain, the response is 404.',
      params: { path: taskParameters, query: getTaskQuery },
      ok: ['The task.', loggedTask],
      errors: { ...commonErrors, ...taskNotFound },
    }),
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
        ...error('conflict', 'The action is not export, the task is not DONE, or its file no longer exists.'),
      },
    },
  },
};
