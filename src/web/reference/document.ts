/** The parts of an OpenAPI 3.1 document that the reference shows. `keywords.ts` lists them by name. */

export interface Referable {
  $ref?: string;
}

export interface Schema extends Referable {
  type?: string | readonly string[];
  title?: string;
  description?: string;
  format?: string;
  pattern?: string;
  const?: unknown;
  enum?: readonly unknown[];
  default?: unknown;
  example?: unknown;
  examples?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: boolean | Schema;
  propertyNames?: Schema;
  items?: Schema;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  allOf?: readonly Schema[];
  not?: Schema;
  if?: Schema;
  then?: Schema;
  else?: Schema;
  discriminator?: { propertyName: string; mapping?: Readonly<Record<string, string>> };
  deprecated?: boolean;
  readOnly?: boolean;
  writeOnly?: boolean;
}

export interface Example extends Referable {
  summary?: string;
  description?: string;
  value?: unknown;
}

interface WithExamples {
  example?: unknown;
  examples?: Readonly<Record<string, Example>>;
}

export interface MediaType extends WithExamples {
  schema?: Schema;
}

export type Content = Readonly<Record<string, MediaType>>;

export interface Header extends Referable, WithExamples {
  description?: string;
  required?: boolean;
  deprecated?: boolean;
  schema?: Schema;
}

export interface Parameter extends Header {
  name: string;
  in: string;
}

export interface RequestBody extends Referable {
  description?: string;
  required?: boolean;
  content?: Content;
}

export interface ApiResponse extends Referable {
  description?: string;
  headers?: Readonly<Record<string, Header>>;
  content?: Content;
}

/** The names of the schemes that a request needs together. A list of requirements holds alternatives. */
export type SecurityRequirement = Readonly<Record<string, readonly string[]>>;

export interface ExternalDocs {
  url: string;
  description?: string;
}

export interface Operation {
  operationId?: string;
  tags?: readonly string[];
  summary?: string;
  description?: string;
  deprecated?: boolean;
  externalDocs?: ExternalDocs;
  security?: readonly SecurityRequirement[];
  parameters?: readonly Parameter[];
  requestBody?: RequestBody;
  responses?: Readonly<Record<string, ApiResponse>>;
}

/** The methods of a path, and what they have in common. */
export interface PathItem extends Readonly<Partial<Record<Method, Operation>>> {
  parameters?: readonly Parameter[];
}

export const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const;

export type Method = (typeof METHODS)[number];

export interface SecurityScheme extends Referable {
  type: string;
  description?: string;
  in?: string;
  name?: string;
  scheme?: string;
  bearerFormat?: string;
}

export interface Tag {
  name: string;
  description?: string;
  externalDocs?: ExternalDocs;
}

export interface Info {
  title: string;
  version: string;
  summary?: string;
  description?: string;
  termsOfService?: string;
  contact?: { name?: string; url?: string; email?: string };
  license?: { name: string; url?: string; identifier?: string };
}

export interface ApiDocument {
  openapi: string;
  info: Info;
  servers?: readonly { url: string; description?: string }[];
  security?: readonly SecurityRequirement[];
  tags?: readonly Tag[];
  externalDocs?: ExternalDocs;
  paths?: Readonly<Record<string, PathItem>>;
  webhooks?: Readonly<Record<string, PathItem>>;
  components?: {
    schemas?: Readonly<Record<string, Schema>>;
    securitySchemes?: Readonly<Record<string, SecurityScheme>>;
  };
}
