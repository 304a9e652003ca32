/** Example values: those of the document, and otherwise the simplest value that the schema accepts. */
import type { ApiDocument, Header, MediaType, Schema } from './document.ts';
import { resolve } from './outline.ts';

export interface NamedExample {
  name: string;
  description?: string | undefined;
  value: unknown;
}

/** Deeper parts of a recursive schema are left out. */
const MAX_DEPTH = 8;

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-05-26T14:00:00Z',
  date: '2026-05-26',
  uri: 'https://example.com/',
  email: 'person@example.com',
};

/** Returns an example of a schema. The keys of an object that are not required are there only if they have an example. */
export function exampleOf(document: ApiDocument, schema: Schema, depth = 0): unknown {
  const { type, properties, items, required = [], ...resolved } = resolve(document, schema);
  const given = givenExample(resolved);
  if (given !== undefined) return given;
  const alternatives = [...(resolved.anyOf ?? []), ...(resolved.oneOf ?? [])];
  // No text is made up that matches a pattern.
  const alternative = alternatives.find(({ pattern }) => pattern === undefined) ?? alternatives[0];
  if (alternative) return exampleOf(document, alternative, depth);
  if (resolved.allOf)
    return Object.assign({}, ...resolved.allOf.map((part) => exampleOf(document, part, depth)));
  if (depth >= MAX_DEPTH) return null;
  const first = typeof type === 'string' ? type : type?.[0];
  if (first === 'array') return items ? [exampleOf(document, items, depth + 1)] : [];
  if (first !== 'object') return simplest(first, resolved);
  const shown = Object.entries(properties ?? {}).filter(
    ([name, property]) => required.includes(name) || givenExample(resolve(document, property)) !== undefined,
  );
  return Object.fromEntries(
    shown.map(([name, property]) => [name, exampleOf(document, property, depth + 1)]),
  );
}

/** Returns the example that the document gives. */
const givenExample = (schema: Schema): unknown =>
  schema.example ?? schema.examples?.[0] ?? schema.const ?? schema.default ?? schema.enum?.[0];

function simplest(type: string | undefined, { format = '', minimum = 0, exclusiveMinimum }: Schema): unknown {
  if (type === 'string') return Object.hasOwn(FORMATS, format) ? FORMATS[format] : 'text';
  if (type === 'integer' || type === 'number')
    return Math.max(minimum, exclusiveMinimum === undefined ? minimum : exclusiveMinimum + 1, 0);
  if (type === 'boolean') return false;
  return type === 'null' ? null : {};
}

/** Returns the examples of a body: those of the document, or one that is built from the schema. */
export function bodyExamples(
  document: ApiDocument,
  { example, examples, schema }: MediaType,
): NamedExample[] {
  const named = Object.entries(examples ?? {}).map(([name, reference]) => {
    const { summary, description, value } = resolve(document, reference);
    return { name: summary ?? name, description, value };
  });
  if (named.length > 0) return named;
  if (example !== undefined) return [{ name: 'Example', value: example }];
  return schema ? [{ name: 'Example', value: exampleOf(document, schema) }] : [];
}

const asText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

/** Returns the example or the default that the document gives for a parameter, as the text of a field. */
export function givenText(document: ApiDocument, { example, examples, schema = {} }: Header): string {
  const [named] = Object.values(examples ?? {});
  const given =
    example ?? (named && resolve(document, named).value) ?? givenExample(resolve(document, schema));
  return given === undefined ? '' : asText(given);
}

/** Returns an example of a parameter, as the text of a field. */
export const exampleText = (document: ApiDocument, parameter: Header): string =>
  givenText(document, parameter) || asText(exampleOf(document, parameter.schema ?? {}));
