/** Finds what is valid in an OpenAPI document, but leads generators to clients that fail or are hard to use. */
import type { OpenApiDocument, Schema } from './openapi-document.ts';
import {
  type LocatedSchema,
  listAllOperations,
  listResponseSchemas,
  listSchemas,
} from './openapi-schemas.ts';

/** Returns one sentence per pitfall. */
export function findPitfalls(document: OpenApiDocument): string[] {
  const schemas = listSchemas(document);
  return [
    ...nameCollisions(document),
    ...schemas
      .filter(({ schema, kind }) => kind !== 'component' && needsName(schema))
      .filter(({ schema, kind }) => kind !== 'member' || !isRequirement(schema))
      .map(({ place }) => `${place} is inline, so generators invent a name for it`),
    ...repeatedEnumerations(schemas),
    ...schemas
      .filter(({ schema }) => typesOf(schema).includes('integer') && schema.format === undefined)
      .map(({ place }) => `${place} is an integer without a format`),
    ...schemas.flatMap(({ schema: { properties = {} }, place }) =>
      Object.entries(properties)
        .filter(([, property]) => property.default !== undefined)
        .map(([name]) => `${place}.${name} has a default, so generators make it required`),
    ),
    ...schemas
      .filter(({ schema, kind }) => kind !== 'member' && typesOf(schema).join() === 'null')
      .map(({ place }) => `${place} is always null, so generators leave it out`),
    ...listResponseSchemas(document)
      .filter(({ schema }) => schema.additionalProperties === false)
      .map(({ place }) => `${place} is closed, so a new member in a response breaks clients`),
  ];
}

function nameCollisions(document: OpenApiDocument): string[] {
  const ids = listAllOperations(document).map(({ id }) => id);
  const owners = [
    ...ids.map((id) => ({ owner: `operation ${id}`, names: derivedNames(id) })),
    ...Object.keys(document.components?.schemas ?? {}).map((name) => ({
      owner: `schema ${name}`,
      names: [name],
    })),
  ];
  return owners.flatMap(({ owner, names }, at) =>
    owners
      .slice(0, at)
      .flatMap((other) =>
        names
          .filter((name) => other.names.includes(name))
          .map((name) => `${other.owner} and ${owner} both lead to the name ${name}`),
      ),
  );
}

/** Returns the names that generators derive from the id of an operation: functions, hooks and types. */
function derivedNames(id: string): string[] {
  const type = id.charAt(0).toUpperCase() + id.slice(1);
  const getters = ['Url', 'QueryKey', 'QueryOptions', 'MutationOptions'].map((end) => `get${type}${end}`);
  const types = ['Params', 'Body', 'Headers', 'Data', 'Error', 'Errors', 'Response', 'Responses', 'Request'];
  return [id, `use${type}`, ...getters, ...types.flatMap((end) => [`${id}${end}`, `${type}${end}`])];
}

/** True for objects with properties, unions and intersections. A nullable schema is not a union. */
function needsName({ properties, anyOf = [], oneOf = [], allOf = [] }: Schema): boolean {
  const members = [...anyOf, ...oneOf].filter((member) => typesOf(member).join() !== 'null');
  return properties !== undefined || members.length > 1 || allOf.length > 1;
}

/** True for a member that only requires properties, which the schema around it describes. */
const isRequirement = ({ properties, required = [] }: Schema): boolean =>
  properties !== undefined &&
  Object.entries(properties).every(([name, property]) => required.includes(name) && '$ref' in property);

/** Finds inline enumerations with the same values. One that occurs once gets its name from its member. */
function repeatedEnumerations(schemas: readonly LocatedSchema[]): string[] {
  const inline = schemas.filter(({ schema, kind }) => kind !== 'component' && (schema.enum?.length ?? 0) > 1);
  const byValues = Map.groupBy(inline, ({ schema }) => JSON.stringify(schema.enum));
  return [...byValues.values()]
    .filter((same) => same.length > 1)
    .map(
      (same) =>
        `${same.map(({ place }) => place).join(', ')} have the same values, but generators invent a name for each`,
    );
}

const typesOf = ({ type = [] }: Schema): string[] => [type].flat();
