/** The parts of an OpenAPI document that the tests read. */
export interface OpenApiDocument {
  openapi: string;
  security?: SecurityRequirement[];
  paths: Record<string, PathItem>;
  webhooks?: Record<string, PathItem>;
  components?: {
    schemas?: Record<string, Schema>;
    securitySchemes?: Record<string, SecurityScheme>;
  };
}

type SecurityRequirement = Record<string, string[]>;

export type SecurityScheme =
  | { type: 'http'; scheme: string }
  | { type: 'apiKey'; in: 'header' | 'query' | 'cookie'; name: string };

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;
type Method = (typeof METHODS)[number];

type PathItem = { [method in Method]?: OperationObject };

export interface OperationObject {
  operationId?: string;
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses?: Record<string, ResponseObject>;
  security?: SecurityRequirement[];
}

export interface Parameter {
  in: 'query' | 'header' | 'path' | 'cookie';
  name: string;
  required?: boolean;
  schema?: Schema;
}

export interface ResponseObject {
  headers?: Record<string, { required?: boolean; schema?: Schema }>;
  content?: Content;
}

type Content = Record<string, { schema?: Schema }>;

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  maximum?: number;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

/** An operation and its place in the document. */
export interface Operation {
  /** Like `listTasks`. */
  id: string;
  method: Method;
  /** Like `/tasks/{id}`. */
  template: string;
  /** The keys from the root of the document to the operation. */
  place: string[];
  definition: OperationObject;
}

/** Parses a document. Replaces every reference to something else than a schema by what it refers to. */
export function parseDocument(text: string): OpenApiDocument {
  const root: unknown = JSON.parse(text);
  return JSON.parse(JSON.stringify(inline(root, root)));
}

function inline(value: unknown, root: unknown): unknown {
  if (Array.isArray(value)) return value.map((element) => inline(element, root));
  if (!isRecord(value)) return value;
  const reference = value.$ref;
  if (typeof reference === 'string' && !reference.startsWith('#/components/schemas/')) {
    return inline(find(reference, root), root);
  }
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inline(member, root)]));
}

/** Returns what a reference like `#/components/headers/ETag` refers to. */
function find(reference: string, root: unknown): unknown {
  return reference
    .slice(2)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((value: unknown, key) => (isRecord(value) ? value[key] : undefined), root);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the operations of paths. */
export function listOperations(paths: OpenApiDocument['paths']): Operation[] {
  return Object.entries(paths).flatMap(([template, item]) =>
    METHODS.flatMap((method) => {
      const definition = item[method];
      if (!definition) return [];
      const id = definition.operationId ?? `${method} ${template}`;
      return [{ id, method, template, place: ['paths', template, method], definition }];
    }),
  );
}
