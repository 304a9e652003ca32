/** The operations on tasks in the OpenAPI document of the HDP API (contract B2, B3). */
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
import { KEY_HEADER } from './auth.ts';
import { createTaskBody } from './create-task.ts';
import { errorResponses } from './errors.ts';
import { figures, figuresQuery } from './figures.ts';
import { listTasksQuery, taskList, taskPath } from './schema.ts';
import {
  accepted,
  taskDetails,
  taskMmrs,
  taskPreimage,
  taskStatus,
  taskTransitions,
  transition,
} from './task-schema.ts';
import { transitionBody } from './transition.ts';

export const TASKS_TAG = { name: 'Tasks', description: 'The tasks, and what is known about each of them.' };
export const PROCESSORS_TAG = {
  name: 'Processors',
  description: 'Reports of the processors that work on tasks.',
};

const { error, serverErrors, routingErrors, tooLarge, encodedBody, idempotencyErrors } = errorResponses;
const conditionalGet = createConditionalGet(errorResponses);

const commonErrors = { ...routingErrors, ...serverErrors };
const parameterError = error(
  'invalid_parameters',
  'A parameter is invalid. The error names it and the accepted values.',
);
const malformedUrl = error('invalid_parameters', 'The URL has a malformed percent-encoding.');
const taskNotFound = error('not_found', 'There is no such task.');
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

const requestParams = { path: taskPath };

/** Describes a path that returns a part of one task. */
const readPath = (operationId: string, summary: string, description: string, schema: z.ZodType) => ({
  get: conditionalGet({
    ...{ operationId, tag: TASKS_TAG, summary, description, params: requestParams },
    ok: ['The current data of the task.', schema],
    errors: { ...malformedUrl, ...taskNotFound, ...commonErrors },
  }),
});

const listTasks = conditionalGet({
  operationId: 'listTasks',
  tag: TASKS_TAG,
  summary: 'List tasks',
  description:
    'Returns all tasks, or the tasks that match a search, sorted by createdAt and uuid, both descending.',
  params: { query: listTasksQuery },
  ok: ['One page of tasks. It is empty past the last page.', taskList, linkHeader],
  errors: { ...parameterError, ...commonErrors },
});

const createTask = {
  operationId: 'createTask',
  tags: [TASKS_TAG.name],
  summary: 'Create a task',
  description:
    'Needs the key of a client. The new task has the status Received and is in the list when the response is sent.',
  security: [{ client: [] }],
  requestParams: { header: z.object(idempotencyKey) },
  requestBody: jsonRequest('The new task.', createTaskBody),
  responses: {
    '200': jsonResponse('The task was created.', accepted, replayedHeader),
    ...bodyErrors,
    ...keyErrors,
    ...idempotencyErrors,
    ...commonErrors,
  },
};

const getFigures = conditionalGet({
  operationId: 'getFigures',
  tag: TASKS_TAG,
  summary: 'Get the figures of all tasks',
  description:
    'An addition of this service. Every figure equals a count of the tasks when the response is built.',
  params: { query: figuresQuery },
  ok: ['The figures.', figures],
  errors: { ...parameterError, ...commonErrors },
});

const reportTransition = {
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
    '200': jsonResponse('The status change, as in state_transitions.', transition),
    ...bodyErrors,
    ...keyErrors,
    ...taskNotFound,
    ...error(
      'conflict',
      'The status cannot follow the current status, or it was reported before with other content.',
    ),
    ...commonErrors,
  },
};

const retryTask = {
  operationId: 'retryTask',
  tags: [TASKS_TAG.name],
  summary: 'Retry a failed task',
  description:
    'Needs the key of a client. The task has the status Received again. Its results stay until new ones replace them.',
  security: [{ client: [] }],
  requestParams,
  responses: {
    '200': jsonResponse('The task is queued again.', accepted),
    ...encodedBody,
    ...error('invalid_parameters', 'The task has not failed. The error names its status.'),
    ...keyErrors,
    ...taskNotFound,
    ...commonErrors,
  },
};

export const taskPaths = {
  '/tasks': { get: listTasks, post: createTask },
  '/figures': { get: getFigures },
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
  '/tasks/{uuid}/transitions': { post: reportTransition },
  '/tasks/{uuid}/retry': { post: retryTask },
};
