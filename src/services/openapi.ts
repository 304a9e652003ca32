/** The Services API as an OpenAPI 3.1 document, made from the schemas that validate its requests (contract A). */
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
import { ADMIN_HEADERS } from './auth.ts';
import { createTaskBody } from './create-task.ts';
import { SERVICES_ERRORS, servicesError } from './errors.ts';
import {
  downloadUrl,
  getTaskQuery,
  listTasksQuery,
  loggedTask,
  servicesTask,
  taskParameters,
  taskState,
} from './schema.ts';

const error = createErrorResponse(SERVICES_ERRORS, servicesError);

const readErrors = {
  ...error('invalid_parameters', 'A parameter is not acceptable; the description says which and why.'),
  ...error('unauthenticated', 'No valid credentials. The answer never says which part was wrong.', {
    'WWW-Authenticate': header('string', 'Always `Bearer realm="services"`.'),
  }),
  ...error('forbidden', 'A valid admin session without the access level for the chain.'),
  ...error('internal', 'Our mistake.'),
  ...error('unavailable', 'Shutting down, or the database is busy.', {
    'Retry-After': header('integer', 'Seconds to wait.'),
  }),
};
const noTask = error('not_found', 'The chain has no such task.');
const conditional = {
  ...notModified,
  ...error('precondition_failed', '`If-Match` names another representation.'),
};
const encoded = error('unsupported_media_type', 'The body has a `Content-Encoding`.', acceptEncodingHeader);
const ok = (description: string, schema: z.ZodType, headers = {}) => ({
  description,
  headers: { ...requestIdHeader, ...headers },
  content: { 'application/json': { schema } },
});

const fileHeaders = {
  ...requestIdHeader,
  ETag: header('string', 'Strong: other bytes have another.'),
  'Last-Modified': header('string', 'When the file was finished.'),
  'Cache-Control': header('string', 'Always `private, no-store`.'),
};
const sentHeaders = {
  ...fileHeaders,
  'Accept-Ranges': header('string', 'Always `bytes`.'),
  'Content-Disposition': header('string', 'An attachment, with the name of the result.'),
  'Content-Length': header('integer', 'The bytes that follow.'),
};
const fileContent = { 'text/csv': {}, 'application/json': {}, 'application/octet-stream': {} };
const placeHeader = { 'Content-Range': header('string', 'Which bytes of how many.') };

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
              ...etagHeader,
              'X-Total-Count': header('integer', 'How many tasks the filter matches, exactly.'),
            },
            content: { 'application/json': { schema: z.array(servicesTask) } },
          },
          ...conditional,
          ...readErrors,
        },
      },
      post: {
        operationId: 'createTask',
        summary: 'Create a task',
        description:
          'Needs WRITE. The task is READY and runs once `trigger.once` has come, if its action has a runner. Keys of the body that are not named here are ignored.',
        requestParams: { header: z.object(idempotencyKey) },
        requestBody: { required: true, content: { 'application/json': { schema: createTaskBody } } },
        responses: {
          '201': ok('The new task.', loggedTask, {
            ...replayedHeader,
            Location: header('string', 'The path of the task.'),
          }),
          ...readErrors,
          ...error('forbidden', 'No WRITE access to the chain, or `chain` is not the authenticated one.'),
          ...error('conflict', 'The first request with this `Idempotency-Key` is still running.', {
            'Retry-After': header('integer', 'Seconds to wait.'),
          }),
          ...error('too_large', 'The body has more than 1 MiB.'),
          ...encoded,
          ...error('idempotency_key_reused', 'The `Idempotency-Key` was sent before with another body.'),
        },
      },
    },
    '/tasks/{id}': {
      get: {
        operationId: 'getTask',
        summary: 'Get a task and its log',
        description: "A task of the authenticated chain; another chain's reads exactly like a missing one.",
        requestParams: { path: taskParameters, query: getTaskQuery },
        responses: {
          '200': ok('The task.', loggedTask, etagHeader),
          ...conditional,
          ...readErrors,
          ...noTask,
        },
      },
    },
    '/tasks/{id}/execute': {
      post: {
        operationId: 'executeTask',
        summary: 'Run a task now',
        description:
          'Needs WRITE. Answers when the run has ended. A task that is DONE or ERROR runs again, without being repeated once more.',
        requestParams: { path: taskParameters },
        responses: {
          '200': ok('The state after the run: DONE or ERROR.', taskState),
          ...encoded,
          ...readErrors,
          ...noTask,
          ...error(
            'conflict',
            'The task is INPROGRESS, or its action has no runner; the description names those.',
          ),
        },
      },
    },
    '/tasks/{id}/download_url': {
      get: {
        operationId: 'getDownloadUrl',
        summary: "Get a URL of an export's file",
        requestParams: { path: taskParameters },
        responses: {
          '200': ok('The URL.', downloadUrl),
          ...readErrors,
          ...noTask,
          ...error('conflict', 'The action is not export, the task is not DONE, or its file is not here.'),
        },
      },
    },
    '/downloads/{id}/{name}': {
      get: {
        operationId: 'download',
        summary: 'Download a file',
        description:
          'As `download_url` gave it, for the file of one run. A GET may ask for a single byte range. Preconditions and ' +
          '`If-Range` follow RFC 9110: `If-Match` and `If-Unmodified-Since` come before `If-None-Match`, ' +
          '`If-Modified-Since` and `Range`.',
        security: [],
        requestParams: {
          path: z.object({ id: z.string(), name: z.string() }),
          query: z.object({
            expires: z.string().meta({ description: 'The Unix second at which the URL ends.' }),
            signature: z.string().meta({ description: 'HMAC-SHA256 over path, expiry, chain and run.' }),
          }),
        },
        responses: {
          '200': { description: 'The file.', headers: sentHeaders, content: fileContent },
          '206': {
            description: 'The range of it that was asked for.',
            headers: { ...sentHeaders, ...placeHeader },
            content: fileContent,
          },
          '304': { description: 'The client has it.', headers: fileHeaders },
          ...error(
            'forbidden',
            'The URL is altered or has expired, the task has run again or has another chain, or the file is gone.',
          ),
          ...error(
            'precondition_failed',
            'The file is another one than `If-Match` or `If-Unmodified-Since` asks for.',
          ),
          '416': {
            description: 'The range is beyond the file.',
            headers: { ...fileHeaders, ...placeHeader },
          },
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
