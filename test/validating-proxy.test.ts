import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createDocumentChecker } from './support/conformance/document-checker.ts';
import type { OpenApiDocument, OperationObject } from './support/conformance/openapi-document.ts';
import { type Exchange, openValidatingProxy, violationsOf } from './support/conformance/validating-proxy.ts';

const json = (schema: object) => ({ content: { 'application/json': { schema } } });

const get: OperationObject = {
  operationId: 'getTask',
  parameters: [
    { in: 'path', name: 'id', required: true, schema: { type: 'integer' } },
    { in: 'query', name: 'limit', schema: { type: 'integer', maximum: 9 } },
    { in: 'header', name: 'X-Kind', schema: { enum: ['a', 'b'] } },
  ],
  responses: {
    200: {
      headers: { 'X-Total': { required: true, schema: { type: 'integer' } } },
      ...json({ $ref: '#/components/schemas/Task' }),
    },
    304: {},
    405: {},
    400: json({}),
  },
};

const post: OperationObject = {
  operationId: 'changeTask',
  parameters: [{ in: 'path', name: 'id', required: true, schema: { type: 'integer' } }],
  requestBody: { required: true, ...json({ $ref: '#/components/schemas/Task' }) },
  responses: { 200: json({}), 400: json({}) },
  security: [{ key: [] }],
};

const document: OpenApiDocument = {
  openapi: '3.1.0',
  paths: { '/tasks/{id}': { get, post } },
  components: {
    schemas: { Task: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] } },
    securitySchemes: { key: { type: 'apiKey', in: 'header', name: 'X-Key' } },
  },
};

const checker = createDocumentChecker(document);

interface Sent {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string;
}

const JSON_HEADERS = { 'Content-Type': 'application/json' };

/** Sends one request through the proxy to a server with one response. Returns the violations. */
async function violationsIn({ path = '/tasks/1', ...sent }: Sent, answer: Answer): Promise<string[]> {
  const { status = 200, headers = { ...JSON_HEADERS, 'X-Total': '1' }, body = '{"id":1}' } = answer;
  const server = createServer((_, outgoing) => {
    outgoing.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Guarantee of the cast: a server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo;
  const exchanges: Exchange[] = [];
  const proxy = await openValidatingProxy(checker, { port, host: 'api.test' }, exchanges);
  onTestFinished(async () => {
    await proxy.close();
    server.close();
  });
  const response = await fetch(proxy.url + path, sent);
  expect([response.status, await response.text()]).toEqual([status, body]);
  return violationsOf(exchanges);
}

const keyed = { ...JSON_HEADERS, 'X-Key': 'a' };
const rejected = { status: 400, headers: JSON_HEADERS };
const changed = { headers: JSON_HEADERS };

it.each<[string, Sent, Answer]>([
  ['a described response', {}, {}],
  ['described parameters', { path: '/tasks/1?limit=9', headers: { 'X-Kind': 'b' } }, {}],
  ['a described body', { method: 'POST', headers: keyed, body: '{"id":1}' }, changed],
  ['a response without a body', {}, { status: 304, headers: {}, body: '' }],
  ['an invalid request that is rejected', { path: '/tasks/1?limit=x' }, rejected],
])('a validating proxy reports nothing for %s', async (_, sent, answer) => {
  expect(await violationsIn(sent, answer)).toEqual([]);
});

it.each<[string, Sent, Answer]>([
  ['the status 418 is not documented', {}, { status: 418 }],
  ['the header X-Total is missing', {}, { headers: JSON_HEADERS }],
  ['the header X-Total must be integer', {}, { headers: { ...JSON_HEADERS, 'X-Total': 'one' } }],
  [
    'the header x-other is not documented',
    {},
    { headers: { ...JSON_HEADERS, 'X-Total': '1', 'X-Other': '1' } },
  ],
  ['the media type text/plain is not', {}, { headers: { 'Content-Type': 'text/plain', 'X-Total': '1' } }],
  ["the body must have required property 'id'", {}, { body: '{}' }],
  ['the body/id must be integer', {}, { body: '{"id":"1"}' }],
  ['the body must NOT have additional properties', {}, { body: '{"id":1,"other":2}' }],
  ['the body is not JSON', {}, { body: '{' }],
  ['there must be no body', {}, { status: 405, headers: {}, body: 'x' }],
  ['the document has no such operation', { path: '/other' }, {}],
  ['it was accepted, but the path parameter id must be integer', { path: '/tasks/a' }, {}],
  ['it was accepted, but the query parameter limit must be <= 9', { path: '/tasks/1?limit=10' }, {}],
  ['it was accepted, but the query parameter limit is repeated', { path: '/tasks/1?limit=1&limit=2' }, {}],
  ['it was accepted, but the query parameter other is not', { path: '/tasks/1?other=1' }, {}],
  ['it was accepted, but the header parameter X-Kind must', { headers: { 'X-Kind': 'c' } }, {}],
  [
    'it was accepted, but the credentials are missing',
    { method: 'POST', headers: JSON_HEADERS, body: '{"id":1}' },
    changed,
  ],
  [
    "it was accepted, but the body must have required property 'id'",
    { method: 'POST', headers: keyed, body: '{}' },
    changed,
  ],
  [
    'it was accepted, but the media type',
    { method: 'POST', headers: { 'X-Key': 'a' }, body: '{"id":1}' },
    changed,
  ],
  ['the document allows this request', {}, rejected],
])('a validating proxy reports: %s', async (violation, sent, answer) => {
  expect(await violationsIn(sent, answer)).toEqual([expect.stringContaining(violation)]);
});
