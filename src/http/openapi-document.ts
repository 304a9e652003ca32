/** Creates the OpenAPI documents of both APIs from the schemas that validate requests (contract C). */
import { type CreateDocumentOptions, createDocument, type oas31, type ZodOpenApiObject } from 'zod-openapi';
import { addExamples, type Examples } from './openapi-examples.ts';
import { integerFormat } from './validate.ts';

type Override = NonNullable<CreateDocumentOptions['override']>;
type JsonSchema = Parameters<Override>[0]['jsonSchema'];

/** Describes an integer without the limits that JavaScript adds to it. */
function describeInteger(schema: JsonSchema, io: 'input' | 'output'): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  schema.format = integerFormat(schema.maximum);
  // A request is refused above this limit. A response only never reaches it.
  if (io === 'output' && schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

/** Responses may get new members, so no object of a response is closed. A client must ignore members it does not know. */
const override: Override = ({ zodSchema, jsonSchema, io }) => {
  const { type } = zodSchema._zod.def;
  if (jsonSchema.type === 'integer') describeInteger(jsonSchema, io);
  if (type === 'record') delete jsonSchema.propertyNames;
  if (type !== 'object') return;
  const isOpen = typeof jsonSchema.additionalProperties === 'object';
  if (io === 'output' || isOpen) delete jsonSchema.additionalProperties;
};

/** Creates the document of an API, without `servers`. @param examples the examples of each operation */
export function createApiDocument(document: ZodOpenApiObject, examples: Examples): oas31.OpenAPIObject {
  const created = createDocument(document, { override });
  // Operations share objects, such as responses, but each operation has its own examples.
  return addExamples(JSON.parse(JSON.stringify(created)), examples);
}
