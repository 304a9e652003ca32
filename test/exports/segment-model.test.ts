import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Cell, createSource } from '../support/export-model.ts';
import { createExports } from '../support/exports.ts';
import { NOW } from '../support/gateway.ts';

const DAY_MS = 86_400_000;
const texts = fc.constantFrom(
  '',
  'a',
  'B',
  'É',
  'e\u0301',
  'aB',
  'x%_',
  "'",
  '\u0000',
  'Σ',
  '5',
  '-1.5',
  '12',
  'NULL',
);
const days = fc.constantFrom('2026-05-30', '2026-05-31', '2026-06-01');
const times = fc.oneof(
  days,
  fc
    .tuple(days, fc.constantFrom('T00:00:00Z', ' 12:00', 'T12:00:00Z', 'T12:00:00.001Z', 'T01:00:00+02:00'))
    .map(([day, rest]) => day + rest),
);
const cells: fc.Arbitrary<Cell> = fc.oneof(
  texts,
  times,
  fc.constantFrom<Cell>(null, 5, -1.5, 12, NOW / 1000, NOW / 1000 - 86_400, Buffer.from('a')),
);
const columns = fc.constantFrom('one', 'two');
const numbers = fc.constantFrom(-2, -1.5, 0, 5, 12, 1e12);

const rules = fc.oneof(
  fc.record({
    field_name: columns,
    field_type: fc.constant('keyword'),
    operator: fc.constantFrom('is', 'is_not', 'contains', 'does_not_contain'),
    value: fc.oneof(texts, fc.constantFrom(5, -1.5)),
  }),
  fc.tuple(columns, numbers, numbers).map(([field_name, one, other]) => ({
    field_name,
    field_type: 'keyword',
    operator: 'is_between_number',
    min: Math.min(one, other),
    max: Math.max(one, other),
  })),
  fc.record({
    field_name: columns,
    field_type: fc.constant('date'),
    operator: fc.constantFrom('is_date', 'is_after_date', 'is_before_date'),
    value: times,
  }),
  fc.tuple(columns, times, times).map(([field_name, one, other]) => {
    const [start_date, end_date] = [one, other].sort((a, b) => parseTime(a) - parseTime(b));
    return { field_name, field_type: 'date', operator: 'is_between_date', start_date, end_date };
  }),
  fc.record({
    field_name: columns,
    field_type: fc.constant('date'),
    operator: fc.constant('relative_less_than'),
    time_factor: fc.constant('day'),
    time_amount: fc.integer({ min: 1, max: 2 }),
  }),
);
type Rule = Record<string, unknown>;

/** Parses the time formats above, independently of the code under test. */
function parseTime(text: string): number {
  if (text.length === 10) return Date.parse(`${text}T00:00:00Z`);
  return Date.parse(text.includes(' ') ? `${text.replace(' ', 'T')}:00Z` : text);
}

const foldText = (text: unknown) => String(text).normalize('NFC').toLowerCase();
const isTime = (cell: Cell): cell is string => typeof cell === 'string' && /^\d{4}-/.test(cell);
const isNumber = (cell: Cell) => typeof cell === 'number' || ['5', '-1.5', '12'].includes(String(cell));

/** Returns whether a cell meets a rule. */
function meetsRule(cell: Cell, rule: Rule): boolean {
  const text = cell === null || Buffer.isBuffer(cell) ? undefined : foldText(cell);
  const time = isTime(cell) ? parseTime(cell) : typeof cell === 'number' ? cell * 1000 : Number.NaN;
  const rangeOf = (member: string) => {
    const value = String(rule[member] ?? rule.value);
    const isDay = value.length === 10;
    return { from: parseTime(value), end: parseTime(value) + (isDay ? DAY_MS : 0), isDay };
  };
  switch (rule.operator) {
    case 'is':
      return text === foldText(rule.value);
    case 'is_not':
      return text !== foldText(rule.value);
    case 'contains':
      return text?.includes(foldText(rule.value)) ?? false;
    case 'does_not_contain':
      return !text?.includes(foldText(rule.value));
    case 'is_between_number':
      return (
        isNumber(cell) &&
        !Buffer.isBuffer(cell) &&
        Number(cell) >= Number(rule.min) &&
        Number(cell) <= Number(rule.max)
      );
    case 'is_date':
      return Math.floor(time / DAY_MS) === Math.floor(rangeOf('value').from / DAY_MS);
    case 'is_after_date': {
      const { end, isDay } = rangeOf('start_date');
      return isDay ? time >= end : time > end;
    }
    case 'is_before_date':
      return time < rangeOf('end_date').from;
    case 'is_between_date':
      return time >= rangeOf('start_date').from && time < rangeOf('end_date').end;
    default:
      return time <= NOW && time >= NOW - Number(rule.time_amount) * DAY_MS;
  }
}

const sources = fc.array(
  fc.record({ chain: fc.constantFrom(1, 2), one: cells, two: cells, user: fc.integer({ min: 1, max: 3 }) }),
  {
    maxLength: 12,
  },
);
const segments = fc.record({
  join: fc.constantFrom('all', 'any'),
  rules: fc.array(rules, { minLength: 1, maxLength: 3 }),
  index: fc.constantFrom('users', 'transactions'),
});

it('a segment selects the same rows as a plain model', async () => {
  const exports = await createExports('');
  await fc.assert(
    fc.asyncProperty(sources, sources, segments, async (users, transactions, segment) => {
      createSource(exports.sourceUrl, { users, transactions });
      const { text, error } = await exports.run({
        trigger: { segment: { entity: 'people', chain_id: 1, ...segment } },
      });
      expect(error).toBeUndefined();
      const isSelected = (row: (typeof users)[number]) => {
        const results = segment.rules.map((rule: Rule) =>
          meetsRule(rule.field_name === 'one' ? row.one : row.two, rule),
        );
        return row.chain === 1 && (segment.join === 'all' ? results.every(Boolean) : results.some(Boolean));
      };
      const userIds = new Set(transactions.filter(isSelected).map((row) => row.user));
      const expected = users.flatMap((row, index) =>
        row.chain === 1 && (segment.index === 'users' ? isSelected(row) : userIds.has(row.user))
          ? [index + 1]
          : [],
      );
      expect(JSON.parse(text).map((row: { id: number }) => row.id)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
}, 60_000);
