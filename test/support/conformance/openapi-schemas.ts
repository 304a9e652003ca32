/** The schemas of an OpenAPI document and where they are. */
import { listOperations, type OpenApiDocument, type Operation, type Schema } from './openapi-document.ts';

export interface LocatedSchema {
  /** Like `Task.state`, `listTasks parameter limit` or `getTask 200`. */
  place: string;
  schema: Schema;
  /** `member` for a member of `anyOf`, `oneOf` or `allOf`. */
  kind: 'component' | 'response' | 'other' | 'member';
}

/** Returns the operations of the paths and of the webhooks. */
export const listAllOperations = (document: OpenApiDocument): Operation[] => [
  ...listOperations(document.paths),
  ...listOperations(document.webhooks ?? {}),
];

/** Returns all schemas: those of `components`, of parameters, of headers and of bodies, and those inside them. */
export function listSchemas(document: OpenApiDocument): LocatedSchema[] {
  const components = Object.entries(document.components?.schemas ?? {}).map(
    ([place, schema]): LocatedSchema => ({ place, schema, kind: 'component' }),
  );
  return [...components, ...listAllOperations(document).flatMap(listRoots)].flatMap(withNested);
}

/** Returns the schemas of the response bodies, with all schemas inside them and behind their references. */
export function listResponseSchemas(document: OpenApiDocument): LocatedSchema[] {
  const found = new Map<string, LocatedSchema>();
  const add = (located: LocatedSchema): void => {
    for (const inner of withNested(located)) {
      if (found.has(inner.place)) continue;
      found.set(inner.place, inner);
      const name = inner.schema.$ref?.split('/').at(-1);
      const schema = name === undefined ? undefined : document.components?.schemas?.[name];
      if (name !== undefined && schema) add({ place: name, schema, kind: 'component' });
    }
  };
  const roots = listAllOperations(document).flatMap(listRoots);
  for (const root of roots.filter(({ kind }) => kind === 'response')) add(root);
  return [...found.values()];
}

/** Returns the schemas of the parameters, the headers and the bodies of an operation. */
function listRoots({ id, definition }: Operation): LocatedSchema[] {
  const { parameters = [], requestBody, responses = {} } = definition;
  const located = (place: string, schema: Schema | undefined, kind: LocatedSchema['kind'] = 'other') =>
    schema ? [{ place, schema, kind }] : [];
  return [
    ...parameters.flatMap(({ name, schema }) => located(`${id} parameter ${name}`, schema)),
    ...Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => located(`${id} request`, schema)),
    ...Object.entries(responses).flatMap(([status, { headers = {}, content = {} }]) => [
      ...Object.entries(headers).flatMap(([name, { schema }]) =>
        located(`${id} ${status} header ${name}`, schema),
      ),
      ...Object.values(content).flatMap(({ schema }) => located(`${id} ${status}`, schema, 'response')),
    ]),
  ];
}

/** Returns a schema and all schemas inside it. References are not followed. */
function withNested(located: LocatedSchema): LocatedSchema[] {
  const { place, schema } = located;
  const { properties = {}, items, additionalProperties: others, anyOf = [], oneOf = [], allOf = [] } = schema;
  const nested: LocatedSchema[] = [
    ...Object.entries(properties).map(([name, property]) => inside(`${place}.${name}`, property)),
    ...(items ? [inside(`${place}[]`, items)] : []),
    ...(typeof others === 'object' ? [inside(`${place}.*`, others)] : []),
    ...[...anyOf, ...oneOf, ...allOf].map((member, at) => inside(`${place}|${at + 1}`, member, 'member')),
  ];
  return [located, ...nested.flatMap(withNested)];
}

const inside = (place: string, schema: Schema, kind: LocatedSchema['kind'] = 'other'): LocatedSchema => ({
  place,
  schema,
  kind,
});
