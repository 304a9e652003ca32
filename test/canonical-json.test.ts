import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../src/canonical-json.ts';

describe('canonicalJson', () => {
  it.each([
    ['the order of keys', '{"a":1,"b":{"c":2,"10":3,"9":4}}', '{"b":{"9":4,"10":3,"c":2},"a":1}'],
    ['white space', '{"a":[1,"x y"]}', ' {\t"a" :\r\n[ 1 , "x y" ] } '],
    ['escapes in strings', '["é/\\n😀"]', '["\\u00e9\\/\\u000a\\ud83d\\ude00"]'],
    ['escapes in keys', '{"a":1}', '{"\\u0061":1}'],
    ['a fraction of zeros', '[1,-20,0]', '[1.0,-20.000,0.0]'],
    ['an exponent', '[100,0.015,5e400,0]', '[1E+2,1.5e-2,50e399,0e5]'],
    ['zeros before an exponent', '[1e5]', '[1e0005]'],
    ['the sign of zero', '[0]', '[-0]'],
    ['the exponent of a large integer', '[12345678901234567890]', '[1.2345678901234567890e19]'],
  ])('is the same whatever %s', (_, first, second) => {
    expect(canonicalJson(second)).toBe(canonicalJson(first));
  });

  it.each([
    ['digits beyond 2^53', '[9007199254740992]', '[9007199254740993]'],
    ['digits of a negative number', '[-9007199254740992]', '[-9007199254740993]'],
    ['digits of a fraction', '[0.1]', '[0.10000000000000000001]'],
    ['a fraction beyond the digits of a double', '[7]', '[7.00000000000000000001]'],
    ['numbers too large for a double', '[1e400]', '[2e400]'],
    ['numbers too small for a double', '[1e-400]', '[0]'],
    ['exponents too large to add', '[1e99999999999999999999]', '[1e99999999999999999998]'],
    ['signs', '[1]', '[-1]'],
    ['a key __proto__', '{"a":1}', '{"a":1,"__proto__":{"b":2}}'],
    ['the value of __proto__', '{"__proto__":{"b":1}}', '{"__proto__":{"b":2}}'],
    ['a __proto__ that is null', '{"__proto__":null}', '{}'],
    ['the key constructor', '{"constructor":1}', '{"constructor":2}'],
    ['repeated keys', '{"a":1,"a":2}', '{"a":2}'],
    ['the order of repeated keys', '{"a":1,"a":2}', '{"a":2,"a":1}'],
    ['the order of elements', '[1,2]', '[2,1]'],
    ['an element of a nested array', '[[1],2]', '[1,[2]]'],
    ['a number and its text', '[1]', '["1"]'],
    ['null and its absence', '{"a":null}', '{}'],
    ['an empty object and an empty array', '{}', '[]'],
    ['normal forms of a string', '["é"]', '["e\\u0301"]'],
    ['halves of surrogate pairs', '["\\ud800"]', '["\\ud801"]'],
    ['quotes that look like another member', '{"a":"\\",\\"b\\":\\""}', '{"a":"","b":""}'],
  ])('tells apart %s', (_, first, second) => {
    expect(canonicalJson(second)).not.toBe(canonicalJson(first));
  });

  it('returns JSON of the same value, and is idempotent', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: 'binary' }),
        fc.constantFrom(undefined, 2, '\t'),
        (value, space) => {
          const json = JSON.stringify(value, null, space);
          const text = canonicalJson(json);
          expect(JSON.parse(text)).toEqual(JSON.parse(json));
          expect(canonicalJson(text)).toBe(text);
        },
      ),
    );
  });

  it('accepts 500 levels of nesting, and a number and a string of a million characters', () => {
    const nested = `${'[{"a":'.repeat(250)}1${'}]'.repeat(250)}`;
    expect(canonicalJson(nested)).toBe(nested);
    const long = `[1${'0'.repeat(1_000_000)}1,"${'\\n'.repeat(1_000_000)}"]`;
    expect(canonicalJson(long)).not.toBe(canonicalJson(long.replace('01', '02')));
  });
});
