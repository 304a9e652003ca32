/** What a schema consists of. */
import type { ApiDocument, Header, Schema } from './document.ts';
import { resolve } from './outline.ts';
import { alternativesOf, factsOf, withoutNull } from './schema-words.ts';

/** False if a named schema is in it: that one may hold itself. */
export function isInline({
  $ref,
  items,
  additionalProperties,
  anyOf = [],
  oneOf = [],
  allOf = [],
}: Schema): boolean {
  const extra = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  const parts = [...(items ? [items] : []), ...extra, ...anyOf, ...oneOf, ...allOf];
  return $ref === undefined && parts.every(isInline);
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
