/**
 * The OpenAPI and JSON Schema keywords that the reference shows, with the kind of object that each of them holds.
 * `kind[]` is a list, `kind{}` a map with free names, and `value` is shown as it is.
 */
const all = (names: string, child = 'value') =>
  Object.fromEntries(names.split(' ').map((name) => [name, child]));

const EXAMPLES = { example: 'value', examples: 'example{}' };
const METHOD_NAMES = 'get put post delete options head patch';

const KEYWORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  document: {
    ...all('openapi security'),
    ...{ info: 'info', servers: 'server[]', tags: 'tag[]', externalDocs: 'externalDocs' },
    ...{ paths: 'path{}', webhooks: 'path{}', components: 'components' },
  },
  info: {
    ...all('title version summary description termsOfService'),
    contact: 'contact',
    license: 'license',
  },
  contact: all('name url email'),
  license: all('name url identifier'),
  server: all('url description'),
  tag: { ...all('name description'), externalDocs: 'externalDocs' },
  externalDocs: all('url description'),
  path: { ...all(METHOD_NAMES, 'operation'), parameters: 'parameter[]' },
  operation: {
    ...all('operationId tags summary description deprecated security'),
    ...{ parameters: 'parameter[]', requestBody: 'requestBody', responses: 'response{}' },
    externalDocs: 'externalDocs',
  },
  parameter: { ...all('$ref name in description required deprecated'), schema: 'schema', ...EXAMPLES },
  header: { ...all('$ref description required deprecated'), schema: 'schema', ...EXAMPLES },
  requestBody: { ...all('$ref description required'), content: 'mediaType{}' },
  response: { ...all('$ref description'), headers: 'header{}', content: 'mediaType{}' },
  mediaType: { schema: 'schema', ...EXAMPLES },
  example: all('$ref summary description value'),
  components: {
    ...{ schemas: 'schema{}', securitySchemes: 'securityScheme{}', examples: 'example{}' },
    ...{ parameters: 'parameter{}', headers: 'header{}', responses: 'response{}' },
    requestBodies: 'requestBody{}',
  },
  securityScheme: all('$ref type description in name scheme bearerFormat'),
  discriminator: all('propertyName mapping'),
  schema: {
    ...all('$ref type title description format pattern const enum default example examples required'),
    ...all('minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength'),
    ...all('minItems maxItems uniqueItems minProperties maxProperties deprecated readOnly writeOnly'),
    ...{ properties: 'schema{}', additionalProperties: 'schema', propertyNames: 'schema', items: 'schema' },
    ...all('not if then else', 'schema'),
    ...all('anyOf oneOf allOf', 'schema[]'),
    discriminator: 'discriminator',
  },
};

/** Returns the keywords of a document that the reference does not show, such as `schema.contains`. */
export function unknownKeywords(document: unknown): string[] {
  const unknown = new Set<string>();
  visit('document', document, unknown);
  return [...unknown].sort();
}

function visit(kind: string, value: unknown, unknown: Set<string>): void {
  const keywords = KEYWORDS[kind];
  if (keywords === undefined || typeof value !== 'object' || value === null) return;
  for (const [name, held] of Object.entries(value)) {
    const child = Object.hasOwn(keywords, name) ? keywords[name] : undefined;
    if (child === undefined) unknown.add(`${kind}.${name}`);
    else if (/[\]}]$/.test(child))
      for (const item of Object.values(held ?? {})) visit(child.slice(0, -2), item, unknown);
    else visit(child, held, unknown);
  }
}
