import { describe, expect, it } from 'vitest';
import type { Schema } from '../../../src/web/reference/document.ts';
import { factsOf, typeOf, valueWords, withoutNull } from '../../../src/web/reference/schema-words.ts';

const typeWords = (schema: Schema) =>
  typeOf(schema)
    .map((part) => ('words' in part ? part.words : `<${part.schema}>`))
    .join('');

const factWords = (schema: Schema) =>
  factsOf(schema).map(({ words, values }) => [words, values.join(', ')].join(' ').trim());

describe('typeOf', () => {
  const cases: [Schema, string][] = [
    [{ type: 'string' }, 'string'],
    [{ type: ['string', 'null'] }, 'string or null'],
    [{ $ref: '#/components/schemas/Task' }, '<Task>'],
    [{ type: 'array', items: { $ref: '#/components/schemas/Task' } }, 'array of <Task>'],
    [{ type: 'array' }, 'array'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'string or null'],
    [{ oneOf: [{ type: 'object' }, { type: 'object' }], type: 'object' }, 'object'],
    [{ allOf: [{ $ref: '#/components/schemas/A' }, { type: 'object' }] }, '<A> and object'],
    [{ enum: [1, 2] }, 'value'],
    [{}, 'any value'],
  ];
  it.each(cases)('%j is %s', (schema, expected) => expect(typeWords(schema)).toBe(expected));
});

describe('factsOf', () => {
  const cases: [Schema, string[]][] = [
    [{ minimum: 1, maximum: 1000, default: 100 }, ['1 to 1000', 'Default 100']],
    [{ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, ['0 or more (below 2^53)']],
    [
      { minimum: -Number.MAX_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
      ['Exact in JavaScript (below 2^53)'],
    ],
    [{ minimum: 3 }, ['3 or more']],
    [{ maximum: 3 }, ['At most 3']],
    [{ exclusiveMinimum: 0, exclusiveMaximum: 9 }, ['More than 0', 'Less than 9']],
    [{ multipleOf: 5 }, ['A multiple of 5']],
    [{ minLength: 1 }, ['At least 1 character']],
    [{ minLength: 1, maxLength: 10 }, ['1 to 10 characters']],
    [{ minLength: 26, maxLength: 26 }, ['Exactly 26 characters']],
    [{ minLength: 0, maxLength: 10 }, ['At most 10 characters']],
    [{ maxItems: 100, uniqueItems: true }, ['At most 100 items', 'No item twice']],
    [{ minProperties: 1, maxProperties: 2 }, ['1 to 2 keys']],
    [{ format: 'uri', pattern: '^h' }, ['Format uri', 'Pattern ^h']],
    [{ enum: ['a', 'b'] }, ['One of a, b']],
    [{ enum: ['a'] }, ['Always a']],
    [{ const: 0, default: '' }, ['Always 0', 'Default ""']],
    [{ example: 'a', examples: ['b', 1] }, ['For example a', 'For example b, 1']],
    [{ not: { const: 'export' } }, ['Never export']],
    [{ not: { enum: [1, 2] } }, ['None of 1, 2']],
    [{ not: { maximum: 5 } }, ['Not: At most 5']],
    [{ propertyNames: { pattern: '^a' } }, ['Each key: Pattern ^a']],
    [{ propertyNames: { type: 'string' } }, []],
    [{ discriminator: { propertyName: 'to_status' } }, ['Told apart by to_status']],
    [{ deprecated: true, readOnly: true }, ['Deprecated', 'Only in responses']],
    [{ writeOnly: true }, ['Only in requests']],
  ];
  it.each(cases)('%j has %j', (schema, expected) => expect(factWords(schema)).toEqual(expected));
});

describe('withoutNull', () => {
  it('returns the only alternative with what stands next to it', () => {
    const schema = { description: 'A URL.', anyOf: [{ type: 'string', maxLength: 9 }, { type: 'null' }] };
    expect(withoutNull(schema)).toEqual({ description: 'A URL.', type: 'string', maxLength: 9 });
  });

  it('leaves several alternatives as they are', () => {
    const schema = { anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'null' }] };
    expect(withoutNull(schema)).toBe(schema);
  });
});

describe('valueWords', () => {
  it.each([
    ['text', 'text'],
    ['', '""'],
    [0, '0'],
    [null, 'null'],
    [{ a: [1] }, '{"a":[1]}'],
  ])('%j is %s', (value, expected) => expect(valueWords(value)).toBe(expected));
});
