/** The examples of an OpenAPI document: real requests and responses, recorded by test/openapi-examples.test.ts. */
import type { oas31 } from 'zod-openapi';

export interface ResponseExample {
  /** The values of the headers that the document describes. */
  headers: Record<string, string | number>;
  body?: unknown;
}

export interface OperationExamples {
  /** The values of the parameters of the request, by name. */
  parameters?: Record<string, string | number>;
  /** The body of the request. */
  body?: unknown;
  /** The response of each status. */
  responses: Record<string, ResponseExample>;
}

/** The examples of each operation, by its operation id. */
export type Examples = Record<string, OperationExamples>;

const METHODS = ['get', 'post'] as const;

/** Adds the examples to a document, and returns it. */
export function addExamples(document: oas31.OpenAPIObject, examples: Examples): oas31.OpenAPIObject {
  for (const item of Object.values({ ...document.paths, ...document.webhooks })) {
    for (const method of METHODS) {
      const operation = item[method];
      const example = examples[operation?.operationId ?? ''];
      if (operation && example) addToOperation(operation, example);
    }
  }
  return document;
}

function addToOperation(operation: oas31.OperationObject, example: OperationExamples): void {
  for (const parameter of operation.parameters ?? []) {
    if ('$ref' in parameter) continue;
    const value = example.parameters?.[parameter.name];
    if (value !== undefined) parameter.example = value;
  }
  const { requestBody } = operation;
  if (requestBody && 'content' in requestBody) addToContent(requestBody.content, example.body);
  for (const [status, response] of Object.entries(operation.responses ?? {})) {
    const recorded = example.responses[status];
    if (recorded) addToResponse(response, recorded);
  }
}

function addToResponse(response: oas31.ResponseObject, { headers, body }: ResponseExample): void {
  for (const [name, header] of Object.entries(response.headers ?? {})) {
    if (!('$ref' in header) && headers[name] !== undefined) header.example = headers[name];
  }
  if (response.content) addToContent(response.content, body);
}

/** Adds the example to the first content type. The other ones are the same content in another form. */
function addToContent(content: oas31.ContentObject, example: unknown): void {
  const [first] = Object.values(content);
  if (first && example !== undefined) first.example = example;
}
