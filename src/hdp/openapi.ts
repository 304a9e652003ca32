/** The OpenAPI 3.1 document of the HDP API, generated from the schemas that validate requests (contract B). */
import { z } from 'zod';
import { createDocument, type oas31 } from 'zod-openapi';
import {
  etagHeader,
  header,
  idempotencyKey,
  jsonResponse,
  linkHeader,
  replayedHeader,
  requestIdHeader,
} from '../http/openapi.ts';
import { KEY_HEADER } from './auth.ts';
import { createTaskBody } from './create-task.ts';
import { errorResponses } from './errors.ts';
import { figures, figuresQuery } from './figures.ts';
import { webhooks } from './openapi-webhooks.ts';
import { listTasksQuery, taskList, taskPath } from './schema.ts';
import {
  accepted,
  health,
  taskDetails,
  taskMmrs,
  taskPreimage,
  taskStatus,
  taskTransitions,
  transition,
} from './task-schema.ts';
import { transitionBody } from './transition.ts';

const { error, serverErrors, conditional, tooLarge, encodedBody, idempotencyErrors } = errorResponses;
const taskNotFound = error('not_found', 'There is no such task.');
const malformedUrl = error('invalid_parameters', 'The URL has a malformed percent-encoding.');
const bodyErrors = {
  ...error('invalid_parameters', 'The body is invalid. The error names the key and the accepted values.'),
  ...tooLarge,
  ...encodedBody,
};
const keyErrors = {
  ...error('unauthenticated', `${KEY_HEADER} is missing or invalid.`, {
    'WWW-Authenticate': header('string', 'Always `ApiKey realm="hdp"`.'),
  }),
  ...error('forbidden', 'The key has another role.'),
};

const ok = (...response: Parameters<typeof jsonResponse>) => ({ '200': jsonResponse(...response) });

const jsonBody = (schema: z.ZodType) => ({ required: true, content: { 'application/json': { schema } } });

const requestParams = { path: taskPath };

/** Describes a path that returns a part of one task. */
const readPath = (operationId: string, summary: string, schema: z.ZodType) => ({
  get: {
    operationId,
    summary,
    requestParams,
    responses: {
      ...ok(summary, schema, etagHeader),
      ...conditional,
      ...malformedUrl,
      ...taskNotFound,
      ...serverErrors,
    },
  },
});

export const hdpDocument: oas31.OpenAPIObject = createDocument({
  openapi: '3.1.0',
  info: {
    title: 'HDP API: tasks',
    version: '1.0.0',
    description: 'Herodotus Data Processor tasks. Reading needs no authentication and ignores an API key.',
  },
  servers: [{ url: '/' }],
  security: [],
  webhooks,
  paths: {
    '/tasks': {
      get: {
        operationId: 'listTasks',
        summary: 'List tasks',
        description:
          'Returns all tasks, or those that match a search, sorted by createdAt and uuid, both descending.',
        requestParams: { query: listTasksQuery },
        responses: {
          ...ok('One page of tasks. It is empty past the last page.', taskList, {
            ...linkHeader,
            ...etagHeader,
          }),
          ...conditional,
          ...error(
            'invalid_parameters',
            'A parameter is invalid. The error names it and the accepted values.',
          ),
          ...serverErrors,
        },
      },
      post: {
        operationId: 'createTask',
        summary: 'Create a task',
        description:
          'Needs the key of a client. The new task has the status Received and is in the list when the response is sent.',
        security: [{ client: [] }],
        requestParams: { header: z.object(idempotencyKey) },
        requestBody: jsonBody(createTaskBody),
        responses: {
          ...ok('The task was created.', accepted, replayedHeader),
          ...bodyErrors,
          ...keyErrors,
          ...idempotencyErrors,
          ...serverErrors,
        },
      },
    },
    '/figures': {
      get: {
        operationId: 'getFigures',
        summary: 'Get the figures of all tasks',
        description:
          'An addition of this service. Every figure equals a count of the tasks when the response is built.',
        requestParams: { query: figuresQuery },
        responses: {
          ...ok('The figures.', figures, etagHeader),
          ...conditional,
          ...error(
            'invalid_parameters',
            'A parameter is invalid. The error names it and the accepted values.',
          ),
          ...serverErrors,
        },
      },
    },
    '/tasks/{uuid}/status': readPath('getTaskStatus', 'Get the status of a task', taskStatus),
    '/tasks/{uuid}/details': readPath('getTaskDetails', 'Get all details of a task', taskDetails),
    '/tasks/{uuid}/state_transitions': readPath(
      'getTaskTransitions',
      'List the status changes of a task',
      taskTransitions,
    ),
    '/tasks/{uuid}/mmrs': readPath(
      'getTaskMmrs',
      'List the Merkle mountain ranges of the proofs of a task',
      taskMmrs,
    ),
    '/tasks/{uuid}/output_preimage': readPath(
      'getTaskOutputPreimage',
      'Get the preimage of the output tree root of a task',
      taskPreimage,
    ),
    '/tasks/{uuid}/transitions': {
      post: {
        operationId: 'reportTransition',
        summary: 'Report the progress of a task',
        description:
          'An addition of this service, for processors. The stages are DryRun, ChainProofsFetch, TraceGen, ' +
          'AtlanticProving and TaskDecommitment, in this order. Each stage is Started, and then Completed or Failed. ' +
          'A repeated report gets the same response; numbers are compared by all their digits. Values that a report ' +
          'leaves out stay the same. mmrs replaces all earlier ones.',
        security: [{ processor: [] }],
        requestParams,
        requestBody: jsonBody(transitionBody),
        responses: {
          ...ok('The status change, as in state_transitions.', transition),
          ...bodyErrors,
          ...keyErrors,
          ...taskNotFound,
          ...error(
            'conflict',
            'The status cannot follow the current status, or it was reported before with other content.',
          ),
          ...serverErrors,
        },
      },
    },
    '/tasks/{uuid}/retry': {
      post: {
        operationId: 'retryTask',
        summary: 'Retry a failed task',
        description:
          'Needs the key of a client. The task has the status Received again. Its results stay until new ones replace them.',
        security: [{ client: [] }],
        requestParams,
        responses: {
          ...ok('The task is queued again.', accepted),
          ...encodedBody,
          ...error('invalid_parameters', 'The task has not failed. The error names its status.'),
          ...keyErrors,
          ...taskNotFound,
          ...serverErrors,
        },
      },
    },
    '/is-alive': {
      get: {
        operationId: 'isAlive',
        summary: 'Check the health of the service',
        responses: {
          ...ok('The service is healthy.', health),
          '503': {
            description: 'The database cannot be read, or the service is shutting down.',
            headers: requestIdHeader,
            content: { 'application/json': { schema: health } },
          },
        },
      },
    },
  },
  components: {
    securitySchemes: {
      client: { type: 'apiKey', in: 'header', name: KEY_HEADER, description: 'The key of a client.' },
      processor: { type: 'apiKey', in: 'header', name: KEY_HEADER, description: 'The key of a processor.' },
    },
  },
});
