/** A JSON Schema in words. */
import type { Schema } from './document.ts';
import { refName } from './outline.ts';

/** A part of a type: words, or the name of a schema. */
export type TypePart = { words: string } | { schema: string };

/** A constraint: words, and values that are shown as code. */
export interface Fact {
  words: string;
  values: readonly string[];
}

const isNull = (schema: Schema) => schema.type === 'null';

/** Returns the alternatives of a schema, without null. */
export const alternativesOf = ({ anyOf, oneOf }: Schema): readonly Schema[] =>
  [...(anyOf ?? []), ...(oneOf ?? [])].filter((alternative) => !isNull(alternative));

/** Returns the only alternative next to null, which has the constraints of the schema. */
export function withoutNull(schema: Schema): Schema {
  const alternatives = alternativesOf(schema);
  const [only] = alternatives;
  if (alternatives.length !== 1 || only === undefined) return schema;
  const { anyOf, oneOf, ...rest } = schema;
  return { ...only, ...rest };
}

/** Returns the type of a schema, such as `array of Task` or `string or null`. */
export function typeOf(schema: Schema): readonly TypePart[] {
  if (schema.$ref !== undefined) return [{ schema: refName(schema.$ref) }];
  const { anyOf, oneOf, allOf, type, items } = schema;
  const alternatives = [...(anyOf ?? []), ...(oneOf ?? [])];
  if (alternatives.length > 0) return join(alternatives.map(typeOf), ' or ');
  if (allOf) return join(allOf.map(typeOf), ' and ');
  if (type === 'array') return items ? [{ words: 'array of ' }, ...typeOf(items)] : [{ words: 'array' }];
  if (type === undefined) return [{ words: 'const' in schema || schema.enum ? 'value' : 'any value' }];
  return [{ words: typeof type === 'string' ? type : type.join(' or ') }];
}

/** Joins types, each of them once. */
function join(types: readonly (readonly TypePart[])[], separator: string): TypePart[] {
  const unique = new Map(types.map((parts) => [JSON.stringify(parts), parts]));
  return [...unique.values()].flatMap((parts, i) => (i === 0 ? parts : [{ words: separator }, ...parts]));
}

/** Returns a value as JSON, and a text without quotation marks. */
export const valueWords = (value: unknown) =>
  typeof value === 'string' && value !== '' ? value : JSON.stringify(value);

const fact = (words: string, ...values: unknown[]): Fact => ({ words, values: values.map(valueWords) });

/** Returns the constraints of a schema, without those of its parts. */
export function factsOf(schema: Schema): readonly Fact[] {
  const { format, pattern, multipleOf, discriminator, propertyNames } = schema;
  return [
    ...(schema.deprecated ? [fact('Deprecated')] : []),
    ...(schema.readOnly ? [fact('Only in responses')] : []),
    ...(schema.writeOnly ? [fact('Only in requests')] : []),
    ...(schema.const !== undefined ? [fact('Always', schema.const)] : []),
    ...(schema.enum ? [fact(schema.enum.length === 1 ? 'Always' : 'One of', ...schema.enum)] : []),
    ...notWords(schema),
    ...rangeOf(schema),
    ...(multipleOf !== undefined ? [fact(`A multiple of ${multipleOf}`)] : []),
    ...sizeOf('character', schema.minLength, schema.maxLength),
    ...sizeOf('item', schema.minItems, schema.maxItems),
    ...(schema.uniqueItems ? [fact('No item twice')] : []),
    ...sizeOf('key', schema.minProperties, schema.maxProperties),
    ...(format !== undefined ? [fact('Format', format)] : []),
    ...(pattern !== undefined ? [fact('Pattern', pattern)] : []),
    ...(propertyNames ? factsOf(propertyNames).map((of) => ({ ...of, words: `Each key: ${of.words}` })) : []),
    ...(discriminator ? [fact('Told apart by', discriminator.propertyName)] : []),
    ...(schema.default !== undefined ? [fact('Default', schema.default)] : []),
    ...(schema.example !== undefined ? [fact('For example', schema.example)] : []),
    ...(schema.examples ? [fact('For example', ...schema.examples)] : []),
  ];
}

const NOT_WORDS: Readonly<Record<string, string>> = { Always: 'Never', 'One of': 'None of' };

const notWords = ({ not }: Schema): readonly Fact[] =>
  not ? factsOf(not).map((of) => ({ ...of, words: NOT_WORDS[of.words] ?? `Not: ${of.words}` })) : [];

const SAFE = Number.MAX_SAFE_INTEGER;

/** Bounds at 2^53 are those of exact numbers in JSON parsers, so they have words of their own. */
function rangeOf(schema: Schema): readonly Fact[] {
  const { minimum: min, maximum: max, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  const facts: Fact[] = [];
  if (min === -SAFE && max === SAFE) facts.push(fact('Exact in JavaScript (below 2^53)'));
  else if (min !== undefined && max === SAFE) facts.push(fact(`${min} or more (below 2^53)`));
  else if (min !== undefined && max !== undefined) facts.push(fact(`${min} to ${max}`));
  else if (min !== undefined) facts.push(fact(`${min} or more`));
  else if (max !== undefined) facts.push(fact(`At most ${max}`));
  if (above !== undefined) facts.push(fact(`More than ${above}`));
  if (below !== undefined) facts.push(fact(`Less than ${below}`));
  return facts;
}

function sizeOf(unit: string, min?: number, max?: number): readonly Fact[] {
  const units = (count: number) => `${count} ${unit}${count === 1 ? '' : 's'}`;
  if (min !== undefined && min > 0 && max !== undefined)
    return [fact(min === max ? `Exactly ${units(min)}` : `${min} to ${units(max)}`)];
  if (max !== undefined) return [fact(`At most ${units(max)}`)];
  return min !== undefined ? [fact(`At least ${units(min)}`)] : [];
}
