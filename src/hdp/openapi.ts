/** The OpenAPI 3.1 document of the HDP API, generated from the schemas that validate requests (contract B). */
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
import { KEY_HEADER } from './auth.ts';
import { createTaskBody } from './create-task.ts';
import { errorResponses } from './errors.ts';
import examples from './openapi-examples.json' with { type: 'json' };
import { WEBHOOK_TAG, webhooks } from './openapi-webhooks.ts';
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

const {
  error,
  serverErrors,
  methodNotAllowed,
  routingErrors,
  conditional,
  tooLarge,
  encodedBody,
  idempotencyErrors,
} = errorResponses;
const commonErrors = { ...routingErrors, ...serverErrors };
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

const requestParams = { path: taskPath };

const TASKS_TAG = { name: 'Tasks', description: 'The tasks, and what is known about each of them.' };
const PROCESSORS_TAG = { name: 'Processors', description: 'Reports of the processors that work on tasks.' };
const HEALTH_TAG = { name: 'Health', description: 'The health of the service.' };

const DESCRIPTION = `Herodotus Data Processor tasks.

**Authentication.** Reading needs no API key and ignores one that is sent. Writing needs the key of a client or of a
processor.

**Errors.** An error is \`{"error"}\` with a sentence that a person can act on. An unknown path returns 404, and a request
whose \`Host\` is not a host of this server returns 421.

**Polling.** A response with an \`ETag\` can be requested again with \`If-None-Match\`. If nothing has changed, the
response is 304.

**Compatibility.** Responses and webhooks may get new members. A client must ignore members that it does not know.`;

/** Describes a path that returns a part of one task. */
const readPath = (operationId: string, summary: string, description: string, schema: z.ZodType) => ({
  get: {
    operationId,
    tags: [TASKS_TAG.name],
    summary,
    description,
    requestParams: { ...requestParams, header: z.object(conditionalHeaders) },
    responses: {
      ...ok('The current data of the task.', schema, etagHeader),
      ...conditional,
      ...malformedUrl,
      ...taskNotFound,
      ...commonErrors,
    },
  },
});

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
    paths: {
      '/tasks': {
        get: {
          operationId: 'listTasks',
          tags: [TASKS_TAG.name],
          summary: 'List tasks',
          description:
            'Returns all tasks, or those that match a search, sorted by createdAt and uuid, both descending.',
          requestParams: { query: listTasksQuery, header: z.object(conditionalHeaders) },
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
            ...commonErrors,
          },
        },
        post: {
          operationId: 'createTask',
          tags: [TASKS_TAG.name],
          summary: 'Create a task',
          description:
            'Needs the key of a client. The new task has the status Received and is in the list when the response is sent.',
          security: [{ client: [] }],
          requestParams: { header: z.object(idempotencyKey) },
          requestBody: jsonRequest('The new task.', createTaskBody),
          responses: {
            ...ok('The task was created.', accepted, replayedHeader),
            ...bodyErrors,
            ...keyErrors,
            ...idempotencyErrors,
            ...commonErrors,
          },
        },
      },
      '/tasks/{uuid}/status': readPath(
        'getTaskStatus',
        'Get the status of a task',
        'Returns the status, and why the task failed.',
        taskStatus,
      ),
      '/tasks/{uuid}/details': readPath(
        'getTaskDetails',
        'Get all details of a task',
        'Returns the scheduling, hashes, inputs, proofs and webhook of the task.',
        taskDetails,
      ),
      '/tasks/{uuid}/state_transitions': readPath(
        'getTaskTransitions',
        'List the status changes of a task',
        'Returns all status changes, oldest first.',
        taskTransitions,
      ),
      '/tasks/{uuid}/mmrs': readPath(
        'getTaskMmrs',
        'List the Merkle mountain ranges of a task',
        'Returns the Merkle mountain ranges that the proofs of the task rest on.',
        taskMmrs,
      ),
      '/tasks/{uuid}/output_preimage': readPath(
        'getTaskOutputPreimage',
        'Get the output preimage of a task',
        'Returns the values from which the output tree root of the task was computed.',
        taskPreimage,
      ),
      '/tasks/{uuid}/transitions': {
        post: {
          operationId: 'reportTransition',
          tags: [PROCESSORS_TAG.name],
          summary: 'Report the progress of a task',
          description:
            'An addition of this service, for processors. The stages are DryRun, ChainProofsFetch, TraceGen, ' +
            'AtlanticProving and TaskDecommitment, in this order. Each stage is Started, and then Completed or Failed. ' +
            'A repeated report gets the same response; numbers are compared by all their digits. Values that a report ' +
            'leaves out stay the same. mmrs replaces all earlier ones.',
          security: [{ processor: [] }],
          requestParams,
          requestBody: jsonRequest('The new status and the results of its stage.', transitionBody),
          responses: {
            ...ok('The status change, as in state_transitions.', transition),
            ...bodyErrors,
            ...keyErrors,
            ...taskNotFound,
            ...error(
              'conflict',
              'The status cannot follow the current status, or it was reported before with other content.',
            ),
            ...commonErrors,
          },
        },
      },
      '/tasks/{uuid}/retry': {
        post: {
          operationId: 'retryTask',
          tags: [TASKS_TAG.name],
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
            ...commonErrors,
          },
        },
      },
      '/is-alive': {
        get: {
          operationId: 'isAlive',
          tags: [HEALTH_TAG.name],
          summary: 'Check the health of the service',
          description: 'Reads from the database. This path is answered on any host.',
          responses: {
            ...ok('The service is healthy.', health),
            ...methodNotAllowed,
            '503': jsonResponse('The database cannot be read, or the service is shutting down.', health),
          },
        },
      },
      ...aboutPaths(errorResponses),
    },
    components: {
      securitySchemes: {
        client: { type: 'apiKey', in: 'header', name: KEY_HEADER, description: 'The key of a client.' },
        processor: { type: 'apiKey', in: 'header', name: KEY_HEADER, description: 'The key of a processor.' },
      },
    },
  },
  examples,
);
