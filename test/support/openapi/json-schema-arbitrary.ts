/** Generates values from a JSON Schema of an OpenAPI document. It supports the keywords that the documents use. */
import fc from 'fast-check';
import type { oas31 } from 'zod-openapi';

type Schema = oas31.SchemaObject | oas31.ReferenceObject;

/** Real times and URLs; a pattern alone would also generate days that do not exist, and private hosts. */
const FORMATS: Record<string, fc.Arbitrary<string>> = {
  'date-time': fc
    .tuple(
      fc.date({ min: new Date('1970-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }),
      fc.constantFrom('Z', '+02:00', '-14:59'),
      fc.constantFrom(16, 19, 23),
    )
    .map(([date, zone, length]) => date.toISOString().slice(0, length) + zone),
  uri: fc
    .tuple(fc.constantFrom('http', 'https'), fc.domain(), fc.webPath())
    .map(([scheme, domain, path]) => `${scheme}://${domain}${path}`)
    .filter((url) => URL.canParse(url) && /\.[a-z]{2,}(\/|$)/.test(url)),
};

/** Returns an arbitrary of the values that a schema describes. */
export function valuesOf(
  schema: Schema,
  components: Record<string, oas31.SchemaObject>,
): fc.Arbitrary<unknown> {
  const generate = (part: Schema) => valuesOf(part, components);
  if ('$ref' in schema) {
    const target = components[schema.$ref.split('/').at(-1) ?? ''];
    if (!target) throw new Error(`There is no ${schema.$ref}.`);
    return generate(target);
  }
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants && !schema.properties) return fc.oneof(...variants.map(generate));
  const types = [schema.type ?? 'unknown'].flat();
  return fc.oneof(...types.map((type) => ofType(type, schema, generate)));
}

function ofType(
  type: string,
  schema: oas31.SchemaObject,
  generate: (part: Schema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({
        min: schema.minimum ?? Number.MIN_SAFE_INTEGER,
        max: schema.maximum ?? Number.MAX_SAFE_INTEGER,
      });
    case 'number':
      return fc.double({
        min: schema.minimum ?? -1e300,
        max: schema.maximum ?? 1e300,
        noNaN: true,
      });
    case 'string':
      return texts(schema);
    case 'array':
      return fc.array(generate(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 4 });
    case 'object':
      return objects(schema, generate);
    default:
      return fc.jsonValue({ maxDepth: 1 }).filter(isStorable);
  }
}

function texts({ format = '', pattern, minLength = 0, maxLength, not }: oas31.SchemaObject) {
  const unformatted = pattern
    ? fc.stringMatching(new RegExp(pattern))
    : fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength ?? 20, 20) });
  const refused = not && 'const' in not ? not.const : undefined;
  return (FORMATS[format] ?? unformatted).filter((text) => text !== refused && text.length >= minLength);
}

function objects(
  { properties = {}, required = [], additionalProperties }: oas31.SchemaObject,
  generate: (part: Schema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<object> {
  const members = Object.entries(properties).map(([name, part]) => [name, generate(part)]);
  const shape: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(members);
  const known = fc.record(shape, { requiredKeys: [...required] });
  if (additionalProperties === false) return known;
  const unknown = fc.dictionary(fc.stringMatching(/^x_[a-z]{1,5}$/), fc.jsonValue({ maxDepth: 1 }), {
    maxKeys: 2,
  });
  return fc.tuple(unknown.filter(isStorable), known).map(([others, named]) => ({ ...others, ...named }));
}

/** False for a text with half of a surrogate pair, which JSON Schema cannot exclude. */
const isStorable = (value: unknown) => !/\\ud[89a-f]/i.test(JSON.stringify(value));
