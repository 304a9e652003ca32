import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ExactNumber,
  elementSources,
  layOutJson,
  memberSource,
  parseExactly,
  replaceMember,
} from '../../src/web/lib/json-source.ts';

describe('JSON as it was written', () => {
  it.each(['1.0', '9007199254740993', '1e3', '-0'])('keeps the number %s', (source) => {
    expect(parseExactly(`{"a":${source}}`)).toEqual({ value: { a: new ExactNumber(source) } });
  });

  it('parses a number that JavaScript writes in the same way', () => {
    expect(parseExactly('[1,2.5,-3]')).toEqual({ value: [1, 2.5, -3] });
  });

  it('returns undefined for a text that is not JSON', () => {
    expect(parseExactly('{')).toBeUndefined();
  });

  it('returns the elements of an array with their own white space', () => {
    expect(elementSources('[ {"a": [1, 2]} , "x,]\\"" ,3.0]')).toEqual(['{"a": [1, 2]}', '"x,]\\""', '3.0']);
    expect(elementSources('[]')).toEqual([]);
  });

  it.each([
    ['trigger', '{"trigger":1, "b": [1.0]}'],
    ['b', '2'],
    ['escaped', '"y"'],
    ['absent', undefined],
  ])('returns the value of the member %s at the top level alone', (name, expected) => {
    const text = String.raw`{"a":{"b":0,"trigger":0}, "trigger": {"trigger":1, "b": [1.0]}, "b":2, "esc\u0061ped":"y"}`;
    expect(memberSource(text, name)).toBe(expected);
  });

  it('finds a member behind one that is nested a thousand levels deep', () => {
    const deep = `${'['.repeat(1000)}${']'.repeat(1000)}`;
    expect(memberSource(`{"deep":${deep},"b":1}`, 'b')).toBe('1');
  });

  it('replaces one member at the top level, and leaves the other numbers as they are written', () => {
    const text = '{"id": 1.0, "state": {"a": [1]}, "target": {"state": 90071992547409931}}';
    expect(replaceMember(text, 'state', '{"b":2.0}')).toBe(
      '{"id":1.0,"state":{"b":2.0},"target":{"state": 90071992547409931}}',
    );
  });
});

describe('layOutJson', () => {
  it('indents any JSON as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(layOutJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
        expect(layOutJson(JSON.stringify(value, null, 3))).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  it('keeps numbers and repeated keys as they were sent', () => {
    expect(layOutJson('{"a":12345678901234567890,"a":1.0}')).toBe(
      '{\n  "a": 12345678901234567890,\n  "a": 1.0\n}',
    );
  });

  it('returns other texts as they are', () => {
    expect(layOutJson('{"a": {')).toBe('{"a": {');
  });
});
