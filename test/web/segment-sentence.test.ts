import { describe, expect, it } from 'vitest';
import { segmentSentence } from '../../src/web/services/segment-sentence.ts';

const rule = (operator: string, operands: object, field = 'last_visit') => ({
  ...{ field_name: field, field_type: 'keyword', operator },
  ...operands,
});
const segment = (rules: unknown, join = 'all') => ({ entity: 'people', index: 'users', join, rules });

describe('a segment as a sentence', () => {
  it.each([
    ['is', { value: 'DE' }, 'is DE'],
    ['is', { value: 'New York' }, 'is “New York”'],
    ['is', { value: '' }, 'is “”'],
    ['is_not', { value: 5 }, 'is not 5'],
    ['contains', { value: 'a; b' }, 'contains “a; b”'],
    ['does_not_contain', { value: 'Zürich' }, 'does not contain Zürich'],
    ['is_between_number', { min: -1.5, max: 10 }, 'is from -1.5 to 10'],
    ['is_date', { value: '2026-05-31' }, 'is on 2026-05-31'],
    ['is_after_date', { start_date: '2026-05-31' }, 'is after 2026-05-31'],
    ['is_after_date', { value: '2026-05-31' }, 'is after 2026-05-31'],
    ['is_before_date', { end_date: '2026-05-31T12:00:00Z' }, 'is before 2026-05-31T12:00:00Z'],
    [
      'is_between_date',
      { start_date: '2026-05-01', end_date: '2026-05-31' },
      'is from 2026-05-01 to 2026-05-31',
    ],
    ['relative_less_than', { time_factor: 'day', time_amount: 30 }, 'less than 30 days ago'],
    ['relative_less_than', { time_factor: 'day', time_amount: 1 }, 'less than 1 day ago'],
    ['is_like_nothing', { value: 'x' }, 'is like nothing x'],
    ['is', {}, 'is (nothing)'],
    ['is', { value: { a: [1] } }, 'is “{"a":[1]}”'],
    ['toString', { value: 'x' }, 'toString x'],
  ])('says %s with %j', (operator, operands, expected) => {
    expect(segmentSentence(segment([rule(operator, operands)]))).toBe(
      `People for whom last visit ${expected}.`,
    );
  });

  it('joins rules by all or any', () => {
    const rules = [rule('is', { value: 'DE' }, 'country'), rule('relative_less_than', { time_amount: 30 })];
    const both = 'country is DE; last visit less than 30 days ago.';
    expect(segmentSentence(segment(rules))).toBe(`People for whom all of: ${both}`);
    expect(segmentSentence(segment(rules, 'any'))).toBe(`People for whom any of: ${both}`);
  });

  it('says how many rules it leaves out, and shortens long values', () => {
    const rules = Array.from({ length: 100 }, () => rule('is', { value: 'x'.repeat(1000) }));
    const sentence = segmentSentence(segment(rules)) ?? '';
    expect(sentence).toMatch(/; and 80 more rules\.$/);
    expect(sentence.length).toBeLessThan(2500);
  });

  it.each([[undefined], [null], ['text'], [[]], [{}], [segment([])], [segment({})], [segment(['x'])]])(
    'says nothing for %j',
    (given) => {
      expect(segmentSentence(given)).toBeUndefined();
    },
  );
});
