/** What a schema consists of. */
import type { ApiDocument, Header, Schema } from './document.ts';
import { resolve } from './outline.ts';
import { alternativesOf, factsOf, valueWords, withoutNull } from './schema-words.ts';

/** False if a named schema is in it: that one may hold itself. */
export function isInline(schema: Schema): boolean {
  const { items, additionalProperties: other, anyOf = [], oneOf = [], allOf = [] } = schema;
  const single = [items, schema.if, schema.then, schema.else, typeof other === 'object' ? other : undefined];
  const parts = [...single.filter((part) => part !== undefined), ...anyOf, ...oneOf, ...allOf];
  return schema.$ref === undefined && parts.every(isInline);
}

/** Resolves references, also next to null. */
export const unwrap = (document: ApiDocument, schema: Schema) =>
  withoutNull(resolve(document, withoutNull(resolve(document, schema))));

/** Returns what a schema consists of, or undefined if its line says all. */
export function partsLabel(document: ApiDocument, schema: Schema): string | undefined {
  const resolved = unwrap(document, schema);
  const { properties, allOf, items, additionalProperties } = resolved;
  const alternatives = alternativesOf(resolved);
  const says = (part: Schema) => factsOf(part).length > 0 || partsLabel(document, part) !== undefined;
  if (alternatives.length > 1 && alternatives.some((part) => part.$ref !== undefined || says(part)))
    return `${alternatives.length} alternatives`;
  const count = Object.keys(properties ?? {}).length;
  if (count > 0) return count === 1 ? '1 key' : `${count} keys`;
  if (allOf) return `${allOf.length} parts`;
  if (typeof additionalProperties === 'object') return partsLabel(document, additionalProperties);
  return items && partsLabel(document, items);
}

/** Returns the schema of a parameter or a header, with the examples that stand next to it. */
export function schemaOf({ schema = {}, example, examples, deprecated }: Header): Schema {
  const values = [
    ...(example === undefined ? [] : [example]),
    ...Object.values(examples ?? {}).map((of) => of.value),
  ];
  return {
    ...schema,
    ...(deprecated ? { deprecated } : {}),
    ...(values.length > 0 ? { examples: values } : {}),
  };
}

/** Names an alternative by the values of the discriminator, or by the first property that has fixed values. */
export function alternativeTitle(
  document: ApiDocument,
  schema: Schema,
  discriminator: Schema['discriminator'],
): string | undefined {
  const { title, properties = {} } = resolve(document, schema);
  if (title !== undefined) return title;
  const { propertyName, mapping = {} } = discriminator ?? {};
  const mapped = Object.keys(mapping).filter((value) => mapping[value] === schema.$ref);
  if (propertyName !== undefined && mapped.length > 0) return titleOf(propertyName, mapped);
  const [fixed] = Object.entries(properties).filter(([, { const: only, enum: values }]) => only ?? values);
  if (!fixed) return undefined;
  const [name, { const: only, enum: values = [only] }] = fixed;
  return titleOf(name, values);
}

const titleOf = (name: string, values: readonly unknown[]) =>
  `\`${name}\`: ${values.map((value) => `\`${valueWords(value)}\``).join(', ')}`;
