/** The HDP API as an OpenAPI 3.1 document, made from the schemas that validate its requests (contract B). */
import { z } from 'zod';
import { createDocument, type oas31 } from 'zod-openapi';
import {
  acceptEncodingHeader,
  createErrorResponse,
  etagHeader,
  header,
  idempotencyKey,
  linkHeader,
  notModified,
  replayedHeader,
  requestIdHeader,
} from '../http/openapi.ts';
import { KEY_HEADER } from './auth.ts';
import { createTaskBody } from './create-task.ts';
import { HDP_ERRORS, hdpError } from './errors.ts';
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

const error = createErrorResponse(HDP_ERRORS, hdpError);

const ours = {
  ...error('internal', 'Our mistake.'),
  ...error('unavailable', 'Shutting down, or the database is busy.', {
    'Retry-After': header('integer', 'Seconds to wait.'),
  }),
};
const noTask = error('not_found', 'There is no such task.');
const conditional = {
  ...notModified,
  ...error('precondition_failed', '`If-Match` names another representation.'),
};
const malformed = error('invalid_parameters', 'The URL has a malformed percent-encoding.');
const badBody = {
  ...error('invalid_parameters', 'The body is not acceptable; the sentence names the key and what it takes.'),
  ...error('too_large', 'The body has more than 1 MiB.'),
  ...error('unsupported_media_type', 'The body has a `Content-Encoding`.', acceptEncodingHeader),
};
const refused = {
  ...error('unauthenticated', `No ${KEY_HEADER}, or one that does not work.`, {
    'WWW-Authenticate': header('string', 'Always `ApiKey realm="hdp"`.'),
  }),
  ...error('forbidden', 'The key of another role.'),
};

const ok = (
  description: string,
  schema: z.ZodType,
  headers: Record<string, ReturnType<typeof header>> = {},
) => ({
  '200': {
    description,
    headers: { ...requestIdHeader, ...headers },
    content: { 'application/json': { schema } },
  },
});

const json = (schema: z.ZodType) => ({ required: true, content: { 'application/json': { schema } } });

const requestParams = { path: taskPath };

/** The reading of one side of a task. */
const reading = (operationId: string, summary: string, schema: z.ZodType) => ({
  get: {
    operationId,
    summary,
    requestParams,
    responses: { ...ok(summary, schema, etagHeader), ...conditional, ...malformed, ...noTask, ...ours },
  },
});

export const hdpDocument: oas31.OpenAPIObject = createDocument({
  openapi: '3.1.0',
  info: {
    title: 'HDP API: tasks',
    version: '1.0.0',
    description:
      'Herodotus Data Processor tasks. Reading needs no authentication; a key that is sent is ignored.',
  },
  servers: [{ url: '/' }],
  security: [],
  webhooks,
  paths: {
    '/tasks': {
      get: {
        operationId: 'listTasks',
        summary: 'List tasks',
        description: 'All tasks, or those that a search finds: createdAt newest first, then uuid descending.',
        requestParams: { query: listTasksQuery },
        responses: {
          ...ok('One page of tasks; empty past the end.', taskList, { ...linkHeader, ...etagHeader }),
          ...conditional,
          ...error(
            'invalid_parameters',
            'A parameter is not acceptable; the sentence names it and its range.',
          ),
          ...ours,
        },
      },
      post: {
        operationId: 'createTask',
        summary: 'Make a task',
        description: 'Takes the key of a client. The task is Received, and listed, before the answer comes.',
        security: [{ client: [] }],
        requestParams: { header: z.object(idempotencyKey) },
        requestBody: json(createTaskBody),
        responses: {
          ...ok('The task has been made.', accepted, replayedHeader),
          ...badBody,
          ...refused,
          ...error('conflict', 'The first request with this `Idempotency-Key` is still running.', {
            'Retry-After': header('integer', 'Seconds to wait.'),
          }),
          ...error('idempotency_key_reused', 'The `Idempotency-Key` was sent before with another body.'),
          ...ours,
        },
      },
    },
    '/tasks/{uuid}/status': reading('getTaskStatus', 'Where a task is', taskStatus),
    '/tasks/{uuid}/details': reading('getTaskDetails', 'All that is known of a task', taskDetails),
    '/tasks/{uuid}/state_transitions': reading(
      'getTaskTransitions',
      'Every change of the status of a task',
      taskTransitions,
    ),
    '/tasks/{uuid}/mmrs': reading(
      'getTaskMmrs',
      'The Merkle mountain ranges that the proofs of a task rest on',
      taskMmrs,
    ),
    '/tasks/{uuid}/output_preimage': reading(
      'getTaskOutputPreimage',
      'What the output tree root of a task was made from',
      taskPreimage,
    ),
    '/tasks/{uuid}/transitions': {
      post: {
        operationId: 'reportTransition',
        summary: 'Report the progress of a task',
        description:
          'An addition of this service, for processors. DryRun, ChainProofsFetch, TraceGen, AtlanticProving and ' +
          'TaskDecommitment follow one another; each is Started, and then Completed or Failed. The same report made ' +
          'again has the same answer; numbers are compared by all their digits. What a report leaves out stays as it is; mmrs replaces all that there were.',
        security: [{ processor: [] }],
        requestParams,
        requestBody: json(transitionBody),
        responses: {
          ...ok('The change of status, as state_transitions has it.', transition),
          ...badBody,
          ...refused,
          ...noTask,
          ...error(
            'conflict',
            'It cannot follow the status of the task, or was reported before with other content.',
          ),
          ...ours,
        },
      },
    },
    '/tasks/{uuid}/retry': {
      post: {
        operationId: 'retryTask',
        summary: 'Retry a failed task',
        description:
          'Takes the key of a client. The task is Received again; what it made stays until it is made anew.',
        security: [{ client: [] }],
        requestParams,
        responses: {
          ...ok('The task has been put back.', accepted),
          ...error('unsupported_media_type', 'The body has a `Content-Encoding`.', acceptEncodingHeader),
          ...error('invalid_parameters', 'The task has not failed; the sentence says where it is.'),
          ...refused,
          ...noTask,
          ...ours,
        },
      },
    },
    '/is-alive': {
      get: {
        operationId: 'isAlive',
        summary: 'Whether the service works',
        responses: {
          ...ok('It does.', health),
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
