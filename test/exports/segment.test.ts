import { describe, expect, it } from 'vitest';
import { ActionError } from '../../src/actions/action.ts';
import { aSegment, createExports, parseIds, RULE } from '../support/exports.ts';

// The current time is 2026-06-01T12:00:00Z, a Monday.
const SOURCE = `
  CREATE TABLE users (id INTEGER PRIMARY KEY, chain_id INTEGER, city TEXT, points, seen, "odd "" name" TEXT);
  INSERT INTO users VALUES
    (1, 1, 'Köln', 10, '2026-05-31T12:00:00Z', 'x'),
    (2, 1, 'KO\u0308LN', 10.5, '2026-05-31', 'y'),
    (3, 1, 'Köln-Ehrenfeld', '100', '2026-06-01T11:59:59.500Z', NULL),
    (4, 1, '100%_', -5, '2026-06-01T14:30:00+02:00', NULL),
    (5, 1, '', 'ten', 'yesterday', NULL),
    (6, 1, NULL, NULL, NULL, NULL),
    (7, 1, 'ΟΔΟΣ', 9007199254740993, 1780228800, NULL),
    (8, 1, 'a' || char(0) || 'b', x'31', 1780228800.25, NULL),
    (9, 2, 'Köln', 10, '2026-05-31T12:00:00Z', 'x');
  CREATE TABLE transactions (id INTEGER PRIMARY KEY, chain_id INTEGER, user_id TEXT, store TEXT);
  INSERT INTO transactions VALUES (11, 1, '1', 'A'), (12, 1, '2', 'B'), (13, 1, NULL, 'A'), (14, 1, '1', 'B'), (15, 2, '9', 'A'), (16, 1, '9', 'A');
  CREATE TABLE products (id INTEGER PRIMARY KEY, chain_id INTEGER, name TEXT);`;

const cityRule = (operator: string, value: unknown) => ({
  field_name: 'city',
  field_type: 'keyword',
  operator,
  value,
});
const seenRule = (operator: string, values: object) => ({
  field_name: 'seen',
  field_type: 'date',
  operator,
  ...values,
});
const pointsBetween = (min: unknown, max: unknown) => ({
  field_name: 'points',
  field_type: 'keyword',
  operator: 'is_between_number',
  min,
  max,
});

describe('a rule', () => {
  it.each<[string, object, number[]]>([
    ['is: ignores case and Unicode composition', cityRule('is', 'köLn'), [1, 2]],
    ['is: compares the whole text', cityRule('is', 'Köl'), []],
    ['is: folds Greek final sigma', cityRule('is', 'οδος'), [7]],
    ['is: the empty text is a value, null is not', cityRule('is', ''), [5]],
    ['is: a text with a NUL character', cityRule('is', 'A\u0000B'), [8]],
    ['is: quotes are part of the text', cityRule('is', "' OR 1=1 --"), []],
    ['is: compares the digits of a number', { ...cityRule('is', 10), field_name: 'points' }, [1]],
    ['is: a fraction', { ...cityRule('is', '10.5'), field_name: 'points' }, [2]],
    [
      'is: all digits of a large integer',
      { ...cityRule('is', '9007199254740993'), field_name: 'points' },
      [7],
    ],
    ['is: a column whose name has a quote', { ...cityRule('is', 'x'), field_name: 'odd " name' }, [1]],
    ['is_not: includes null', cityRule('is_not', 'KÖLN'), [3, 4, 5, 6, 7, 8]],
    ['contains: a part', cityRule('contains', 'öl'), [1, 2, 3]],
    ['contains: wildcards are part of the text', cityRule('contains', '%_'), [4]],
    ['contains: every text contains the empty text', cityRule('contains', ''), [1, 2, 3, 4, 5, 7, 8]],
    ['contains: a text after a NUL character', cityRule('contains', '\u0000b'), [8]],
    ['does_not_contain: includes null', cityRule('does_not_contain', 'KÖLN'), [4, 5, 6, 7, 8]],
    ['is_between_number: includes both ends, and numbers in a text', pointsBetween(10, 100), [1, 2, 3]],
    ['is_between_number: negative', pointsBetween(-5, -5), [4]],
    ['is_between_number: exact for large integers', pointsBetween(9007199254740994, 1e300), []],
    ['is_date: compares the UTC day', seenRule('is_date', { value: '2026-05-31T23:00:00Z' }), [1, 2, 7, 8]],
    [
      'is_date: an offset can change the UTC day',
      seenRule('is_date', { value: '2026-06-01T01:00:00+02:00' }),
      [1, 2, 7, 8],
    ],
    ['is_date: a day', seenRule('is_date', { value: '2026-06-01' }), [3, 4]],
    [
      'is_after_date: later than the time',
      seenRule('is_after_date', { start_date: '2026-05-31T12:00:00Z' }),
      [3, 4, 8],
    ],
    [
      'is_after_date: later than the whole day',
      seenRule('is_after_date', { start_date: '2026-05-31' }),
      [3, 4],
    ],
    ['is_after_date: with value', seenRule('is_after_date', { value: '2026-05-31' }), [3, 4]],
    [
      'is_before_date: earlier than the time',
      seenRule('is_before_date', { end_date: '2026-05-31T12:00:00Z' }),
      [2],
    ],
    [
      'is_before_date: earlier than the day',
      seenRule('is_before_date', { end_date: '2026-06-01' }),
      [1, 2, 7, 8],
    ],
    [
      'is_between_date: includes the start, excludes the end',
      seenRule('is_between_date', { start_date: '2026-05-31T00:00:00Z', end_date: '2026-05-31T12:00:00Z' }),
      [2],
    ],
    [
      'is_between_date: includes the whole last day',
      seenRule('is_between_date', { start_date: '2026-05-31', end_date: '2026-06-01' }),
      [1, 2, 3, 4, 7, 8],
    ],
    [
      'is_between_date: from a time to the end of its day',
      seenRule('is_between_date', { start_date: '2026-05-31T11:00:00Z', end_date: '2026-05-31' }),
      [1, 7, 8],
    ],
    [
      'is_between_date: from the last instant of a day to the end of it',
      seenRule('is_between_date', { start_date: '2026-05-31T23:59:59.9999Z', end_date: '2026-05-31' }),
      [],
    ],
    [
      'is_between_date: from a day to a time in it',
      seenRule('is_between_date', { start_date: '2026-05-31', end_date: '20260531T120000+00' }),
      [2],
    ],
    [
      'relative_less_than: is exact to the second, and excludes the future',
      seenRule('relative_less_than', { time_factor: 'day', time_amount: 1 }),
      [1, 3, 7, 8],
    ],
  ])('%s', async (_, rule, ids) => {
    const exports = await createExports(SOURCE);
    const { text, error } = await exports.run({ trigger: { segment: aSegment({ rules: [rule] }) } });
    expect(error).toBeUndefined();
    expect(parseIds(text)).toEqual(ids);
  });
});

describe('a segment', () => {
  it.each<[string, object, number[]]>([
    ['selects rows that meet all rules', { join: 'all', rules: [RULE, pointsBetween(10.5, 11)] }, [2]],
    ['selects rows that meet any rule', { join: 'any', rules: [RULE, cityRule('is', '')] }, [1, 2, 5]],
    ['needs no entity and no chain_id', { entity: undefined, chain_id: undefined }, [1, 2]],
  ])('%s', async (_, members, ids) => {
    const exports = await createExports(SOURCE);
    const { text, log } = await exports.run({ trigger: { segment: aSegment(members) } });
    expect(parseIds(text)).toEqual(ids);
    expect(log).toEqual([
      expect.stringContaining(`info: Wrote ${ids.length} of the 8 rows of users: rows that meet`),
    ]);
  });

  it('of another index selects the rows of its users, in this chain only', async () => {
    const exports = await createExports(SOURCE);
    const { text, log } = await exports.run({
      target: { export_index: 'transactions' },
      trigger: { segment: aSegment() },
    });
    expect(parseIds(text)).toEqual([11, 12, 14]);
    expect(log).toEqual([
      'info: Wrote 3 of the 5 rows of transactions: rows of people in users who meet the rule of the segment.',
    ]);
  });

  it('without matches creates a file without rows, and logs a warning', async () => {
    const exports = await createExports(SOURCE);
    const { text, log } = await exports.run({
      trigger: { segment: aSegment({ rules: [cityRule('is', 'Ulm')] }) },
    });
    expect(text).toBe('[\n]\n');
    expect(log).toEqual(['warning: Wrote 0 of the 8 rows of users: rows that meet the rule of the segment.']);
  });

  it('of null selects all rows', async () => {
    const exports = await createExports(SOURCE);
    const { log } = await exports.run({ trigger: { segment: null } });
    expect(log).toEqual(['info: Wrote all 8 rows of users.']);
  });
});

const oneRule = (members: object) => ({ rules: [{ ...RULE, ...members }] });
const oneDateRule = (operator: string, values: object) => ({ rules: [seenRule(operator, values)] });
const TIME = 'must be a time such as 2026-05-31T12:00:00Z, or a day such as 2026-05-31';

describe('an invalid segment is rejected with the message:', () => {
  it.each<[string, unknown]>([
    ['The segment cannot be used: it must be an object.', 'everybody'],
    ['The segment cannot be used: entity must be "people".', aSegment({ entity: 'dogs' })],
    [
      'The segment cannot be used: index must be one of transactions, users, vouchers, wallet-ledger, products and product-variants.',
      aSegment({ index: 'sqlite_schema' }),
    ],
    ['The segment cannot be used: join must be "all" or "any".', aSegment({ join: undefined })],
    ['The segment cannot be used: chain_id must be an integer.', aSegment({ chain_id: '1' })],
    [
      'The segment is of chain 2, but the task is of chain 1. Create the task again with chain_id 1.',
      aSegment({ chain_id: 2 }),
    ],
    ['The segment cannot be used: rules must be an array.', aSegment({ rules: {} })],
    ['The segment cannot be used: every rule must be an object.', aSegment({ rules: ['all'] })],
    [
      'The segment cannot be used: rules must have at least one rule; leave the segment out to export all rows.',
      aSegment({ rules: [] }),
    ],
    [
      'The segment cannot be used: rules must not have more than 100 rules.',
      aSegment({ rules: Array(101).fill(RULE) }),
    ],
    [
      'The segment has a rule on "town", which is not a column of users; the columns are id, chain_id, city, points, seen and odd " name.',
      aSegment(oneRule({ field_name: 'town' })),
    ],
    [
      'The segment has a rule on "\\"city\\" OR 1=1 --", which is not a column of users; the columns are id, chain_id, city, points, seen and odd " name.',
      aSegment(oneRule({ field_name: '"city" OR 1=1 --' })),
    ],
    [
      'Rule 1 of the segment cannot be used: field_name must be the name of a column.',
      aSegment(oneRule({ field_name: 5 })),
    ],
    [
      'Rule 2 of the segment cannot be used: "like" is not a known operator; the operators are is, is_not, contains, does_not_contain, is_between_number, is_date, is_after_date, is_before_date, is_between_date and relative_less_than.',
      aSegment({ rules: [RULE, { ...RULE, operator: 'like' }] }),
    ],
    [
      'Rule 1 of the segment cannot be used: "toString" is not a known operator; the operators are is, is_not, contains, does_not_contain, is_between_number, is_date, is_after_date, is_before_date, is_between_date and relative_less_than.',
      aSegment(oneRule({ operator: 'toString' })),
    ],
    [
      'Rule 1 of the segment cannot be used: field_type must be "keyword" for the operator "is".',
      aSegment(oneRule({ field_type: 'date' })),
    ],
    [
      'Rule 1 of the segment cannot be used: field_type must be "date" for the operator "is_date".',
      aSegment(oneRule({ operator: 'is_date' })),
    ],
    ...[undefined, null, ['a'], true, 9007199254740992].map((value): [string, unknown] => [
      'Rule 1 of the segment cannot be used: value must be a text, or a number of at most 15 digits.',
      aSegment(oneRule({ value })),
    ]),
    [
      'Rule 1 of the segment cannot be used: min must be a number and max must be a number.',
      aSegment({ rules: [pointsBetween('1', undefined)] }),
    ],
    [
      'Rule 1 of the segment cannot be used: min must not be above max.',
      aSegment({ rules: [pointsBetween(2, 1)] }),
    ],
    ...['2026-02-30', 'now', '2026-05-31T24:00:00Z', 1780228800, undefined].map(
      (value): [string, unknown] => [
        `Rule 1 of the segment cannot be used: value ${TIME}.`,
        aSegment(oneDateRule('is_date', { value })),
      ],
    ),
    [`Rule 1 of the segment cannot be used: start_date ${TIME}.`, aSegment(oneDateRule('is_after_date', {}))],
    [`Rule 1 of the segment cannot be used: end_date ${TIME}.`, aSegment(oneDateRule('is_before_date', {}))],
    [
      `Rule 1 of the segment cannot be used: start_date ${TIME} and end_date ${TIME}.`,
      aSegment(oneDateRule('is_between_date', {})),
    ],
    ...[
      ['2026-02-02', '2026-02-01'],
      ['2026-02-02T00:00:00Z', '2026-02-01'],
      ['2026-02-02T00:00:01Z', '2026-02-02T00:00:00Z'],
      ['2026-02-02', '2026-02-01T23:59:59Z'],
    ].map(([start_date, end_date]): [string, unknown] => [
      'Rule 1 of the segment cannot be used: start_date must not be later than end_date.',
      aSegment(oneDateRule('is_between_date', { start_date, end_date })),
    ]),
    [
      'Rule 1 of the segment cannot be used: time_factor must be "day".',
      aSegment(oneDateRule('relative_less_than', { time_factor: 'week', time_amount: 1 })),
    ],
    ...[
      [0.5, 'an integer'],
      [0, 'at least 1'],
      [1e6, 'at most 100000'],
    ].map(([amount, must]): [string, unknown] => [
      `Rule 1 of the segment cannot be used: time_amount must be ${must}.`,
      aSegment(oneDateRule('relative_less_than', { time_factor: 'day', time_amount: amount })),
    ]),
  ])('%s', async (message, segment) => {
    const exports = await createExports(SOURCE);
    const { error } = await exports.run({ trigger: { segment } });
    expect(error).toBeInstanceOf(ActionError);
    expect(error?.message).toBe(message);
    expect(await exports.files()).toEqual([]);
  });

  it.each([
    ['segment_id', 318],
    ['user_list', { blob: 'x' }],
  ])('The export does not support trigger.%s', async (member, value) => {
    const exports = await createExports(SOURCE);
    const { error } = await exports.run({ trigger: { [member]: value } });
    expect(error?.message).toBe(
      `The export does not support trigger.${member}. Write its rules in trigger.segment and create the task again.`,
    );
  });

  it('products has no column user_id', async () => {
    const exports = await createExports(SOURCE);
    const { error } = await exports.run({
      target: { export_index: 'products' },
      trigger: { segment: aSegment() },
    });
    expect(error).toBeInstanceOf(ActionError);
    expect(error?.message).toMatch(/^products has no column user_id/);
  });
});
