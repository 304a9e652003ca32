/** Records requests and responses of the real app as the examples of an OpenAPI document. */
import { expect } from 'vitest';
import type { oas31 } from 'zod-openapi';
import { etagOf } from '../../../src/http/etag.ts';
import { JSON_TYPE } from '../../../src/http/json-body.ts';
import type { Examples, ResponseExample } from '../../../src/http/openapi-examples.ts';
import { expectDocumented } from './documented.ts';

/** A request of an operation. */
export interface OperationRequest {
  /** Values of the parameters, by name. */
  parameters?: Record<string, string | number>;
  /** Headers that are no parameters: credentials, and headers that provoke an error. */
  headers?: Record<string, string>;
  /** The body: a text as it is, other values as JSON. */
  body?: unknown;
  /** Replaces the method of the operation. */
  method?: string;
  /** Replaces the host of the API. */
  host?: string;
  /** Added to the URL. */
  suffix?: string;
}

/** The app of a gateway. */
export interface AnsweringApp {
  request(url: string, init?: RequestInit): Response | Promise<Response>;
}

interface Operation {
  path: string;
  method: 'get' | 'post';
  description: oas31.OperationObject;
}

/** The server keeps the id of the client. */
const REQUEST_ID = '4d1f0c52-9a7e-4b0e-8f57-6f1f3b0f7c11';

/** Returns the operations of a document by their ids. */
export function operationsOf({ paths = {} }: oas31.OpenAPIObject): Map<string, Operation> {
  const operations = new Map<string, Operation>();
  for (const [path, item] of Object.entries(paths)) {
    for (const method of ['get', 'post'] as const) {
      const description = item[method];
      if (description) operations.set(description.operationId ?? '', { path, method, description });
    }
  }
  return operations;
}

/** A document cannot contain itself. */
const excerptOf = ({ openapi, info: { title, version } }: oas31.OpenAPIObject) => ({
  openapi,
  info: { title, version },
  paths: {},
});

/** Creates a recorder for an API. @param host the host of the API */
export function createRecorder(document: oas31.OpenAPIObject, host: string) {
  const operations = operationsOf(document);
  const examples: Examples = {};

  const find = (id: string): Operation => {
    const operation = operations.get(id);
    if (!operation) throw new Error(`There is no operation ${id}.`);
    return operation;
  };

  /** Sends a request of an operation, and expects that the document describes the response. */
  async function send(app: AnsweringApp, id: string, request: OperationRequest) {
    const { path, method, description } = find(id);
    const headers = new Headers({ 'X-Request-Id': REQUEST_ID, ...request.headers });
    const query = new URLSearchParams();
    let target = path;
    for (const parameter of description.parameters ?? []) {
      if ('$ref' in parameter) continue;
      const { name } = parameter;
      const value = request.parameters?.[name];
      if (value === undefined) continue;
      if (parameter.in === 'path') target = target.replace(`{${name}}`, encodeURIComponent(value));
      else if (parameter.in === 'query') query.set(name, String(value));
      else headers.set(name, String(value));
    }
    const init: RequestInit = { method: request.method ?? method.toUpperCase(), headers };
    if (request.body !== undefined) {
      init.body = typeof request.body === 'string' ? request.body : JSON.stringify(request.body);
      if (!headers.has('Content-Type')) headers.set('Content-Type', 'application/json');
    }
    const search = query.size > 0 ? `?${query}` : '';
    const url = `http://${request.host ?? host}${target}${search}${request.suffix ?? ''}`;
    const response = await app.request(url, init);
    const text = await response.text();
    expectDocumented(url, response, text, init.method);
    return { response, text };
  }

  /** Returns the headers that the document describes, and the body. */
  function exampleOf(id: string, response: Response, text: string): ResponseExample {
    const described = find(id).description.responses?.[response.status];
    const headers: ResponseExample['headers'] = {};
    for (const [name, header] of Object.entries<oas31.HeaderObject>(described?.headers ?? {})) {
      const value = response.headers.get(name);
      if (value === null) continue;
      const isInteger = header.schema && 'type' in header.schema && header.schema.type === 'integer';
      headers[name] = isInteger ? Number(value) : value;
    }
    // The tag of the document would change with each example, its own one too.
    if (id === 'getOpenApiDocument' && headers.ETag) headers.ETag = etagOf(Buffer.from(id));
    if (text === '') return { headers };
    const isJson = response.headers.get('content-type') === JSON_TYPE;
    const body = isJson ? JSON.parse(text) : text;
    return { headers, body: id === 'getOpenApiDocument' && response.ok ? excerptOf(body) : body };
  }

  return {
    examples,
    operations,
    send,
    /**
     * Sends a request, expects a status, and records the response. The parameters and the body of a successful request
     * become examples too.
     */
    async record(
      app: AnsweringApp,
      id: string,
      status: number,
      request: OperationRequest = {},
    ): Promise<ResponseExample> {
      const { response, text } = await send(app, id, request);
      expect(response.status, `${id}: ${text}`).toBe(status);
      const example = exampleOf(id, response, text);
      examples[id] ??= { responses: {} };
      const recorded = examples[id];
      recorded.responses[status] ??= example;
      if (status < 300) {
        recorded.parameters = { ...request.parameters, ...recorded.parameters };
        if (request.body !== undefined) recorded.body ??= request.body;
      }
      return example;
    },
  };
}

export type Recorder = ReturnType<typeof createRecorder>;
