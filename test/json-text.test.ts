import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asJsonText, jsonArray, memberTexts, UnsupportedJsonError } from '../src/json-text.ts';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

describe('memberTexts', () => {
  it.each<[string, string, [string, string][]]>([
    ['no members', '{}', []],
    ['no members among white space', ' \t\r\n{ \n } ', []],
    [
      'literals',
      '{"a":null,"b":true,"c":false}',
      [
        ['a', 'null'],
        ['b', 'true'],
        ['c', 'false'],
      ],
    ],
    [
      'numbers as they are spelt',
      '{"a":1.0,"b":1e2,"c":-0,"d":12345678901234567890,"e":1E+400}',
      [
        ['a', '1.0'],
        ['b', '1e2'],
        ['c', '-0'],
        ['d', '12345678901234567890'],
        ['e', '1E+400'],
      ],
    ],
    [
      'keys in their order, integers too',
      '{"b":1,"10":2,"2":3}',
      [
        ['b', '1'],
        ['10', '2'],
        ['2', '3'],
      ],
    ],
    ['strings as they are spelt', '{"a":"\\u00e9\\/\\ud800é"}', [['a', '"\\u00e9\\/\\ud800é"']]],
    [
      'strings of punctuation',
      '{"a":"{[,:]}","b":",","c":":","d":"}"}',
      [
        ['a', '"{[,:]}"'],
        ['b', '","'],
        ['c', '":"'],
        ['d', '"}"'],
      ],
    ],
    [
      'strings with quotes and backslashes',
      '{"a":"\\"","b":"\\\\","c":"\\\\\\"}"}',
      [
        ['a', '"\\""'],
        ['b', '"\\\\"'],
        ['c', '"\\\\\\"}"'],
      ],
    ],
    [
      'white space inside strings only',
      '{ "a b" : [ 1 , " 2 " , { "c" : 3 } ] }',
      [['a b', '[1," 2 ",{"c":3}]']],
    ],
    [
      'nested members with their commas',
      '{"a":{"b":[1,2],"c":{}},"d":[]}',
      [
        ['a', '{"b":[1,2],"c":{}}'],
        ['d', '[]'],
      ],
    ],
    [
      'keys decoded',
      '{"\\u0061":1,"":2,"\\"":3}',
      [
        ['a', '1'],
        ['', '2'],
        ['"', '3'],
      ],
    ],
    [
      'keys that objects have by birth',
      '{"__proto__":1,"constructor":2}',
      [
        ['__proto__', '1'],
        ['constructor', '2'],
      ],
    ],
    [
      'keys that only inner objects repeat',
      '{"a":{"a":{"a":1}},"b":{"a":1}}',
      [
        ['a', '{"a":{"a":1}}'],
        ['b', '{"a":1}'],
      ],
    ],
    ['nesting of 500 levels below it', `{"a":${nested(500)}}`, [['a', nested(500)]]],
  ])('gives %s', (_, json, members) => {
    expect([...memberTexts(json)]).toEqual(members);
  });

  it.each([
    ['a repeated key', '{"a":1,"a":1}', 'has the key "a" twice'],
    ['a repeated last key', '{"b":1,"a":{},"c":2,"a":[]}', 'has the key "a" twice'],
    ['a repeated key in other letters', '{"a\\n":1,"\\u0061\\n":2}', 'has the key "a\\n" twice'],
    ['nesting of 501 levels below it', `{"a":${nested(501)}}`, 'is nested more than 500 levels deep'],
    [
      'nesting that is wide before it is deep',
      `{"a":[${'{},'.repeat(600)}${nested(500)}]}`,
      'is nested more than 500 levels deep',
    ],
  ])('refuses %s', (_, json, message) => {
    expect(() => memberTexts(json)).toThrow(new UnsupportedJsonError(message));
  });

  it('accepts a string of a million escapes', () => {
    const text = JSON.stringify('\n'.repeat(1_000_000));
    expect(memberTexts(`{"a":${text}}`).get('a')).toBe(text);
  });

  it('returns the members of any object as JSON without white space, in order', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' }), {
          noNullPrototype: true,
        }),
        fc.constantFrom(undefined, 2, '\t'),
        (object, space) => {
          const members = Object.entries(object).map(([key, value]) => [key, JSON.stringify(value)]);
          expect([...memberTexts(JSON.stringify(object, null, space))]).toEqual(members);
        },
      ),
    );
  });
});

describe('jsonArray', () => {
  it.each([
    [[], '[]'],
    [['1.0'], '[1.0]'],
    [['{"2":1,"1":2}', 'null'], '[{"2":1,"1":2},null]'],
  ])('puts %j together', (elements, json) => {
    expect(jsonArray(elements.map((element) => asJsonText(element)))).toBe(json);
  });
});
