import { describe, expect, it } from 'vitest';
import { aSegment, createExports, parseIds, RULE } from '../support/exports.ts';

// Parses values of the export source as dates and numbers. The current time is 2026-06-01T12:00:00Z.

const isOnDay = { field_name: 'seen', field_type: 'date', operator: 'is_date', value: '2026-05-31' };
const isAtNoon = {
  field_name: 'seen',
  field_type: 'date',
  operator: 'is_between_date',
  start_date: '2026-05-31T12:00:00Z',
  end_date: '2026-05-31T12:00:00.001Z',
};
const hasOneToTenPoints = {
  field_name: 'points',
  field_type: 'keyword',
  operator: 'is_between_number',
  min: 1,
  max: 10,
};
const cityIs = (value: string) => ({ ...RULE, value });

const sourceWith = (rows: string) => `
  CREATE TABLE users (id INTEGER PRIMARY KEY, chain_id INTEGER, city TEXT, seen, points);
  INSERT INTO users (id, chain_id, city, seen, points) VALUES ${rows};
  CREATE TABLE transactions (id INTEGER PRIMARY KEY, chain_id INTEGER, user_id);
  INSERT INTO transactions VALUES (11, 1, 1), (12, 1, 2)`;

describe('a date rule', () => {
  it.each([
    "'2026-05-31T12:00:00Z'",
    "'2026-05-31t12:00:00z'",
    "'2026-05-31 12:00:00'",
    "'2026-05-31 12:00:00+00'",
    "'2026-05-31 12:00:00.000000+00'",
    "'2026-05-31 14:00:00+02'",
    "'2026-05-31 06:30:00-0530'",
    "'2026-05-31 12:00:00 +00:00'",
    "'2026-05-31 12:00:00 UTC'",
    "'2026-05-31T12:00'",
    "'2026-05-31T12Z'",
    "'2026-05-31T12:00:00,0004Z'",
    "'2026-05-31T12:00:00.0000000004Z'",
    "'20260531T120000Z'",
    "'20260531T120000'",
    "'20260531T1400+0200'",
    "'20260531T120000.5+00' /* half a second later */",
    "' 2026-05-31T12:00:00Z' || char(10)",
    '1780228800',
    '1780228800.0004',
    "'1780228800'",
    "'1780228800.0'",
  ])('accepts %s', async (value) => {
    const exports = await createExports(sourceWith(`(1, 1, '', ${value}, 1)`));
    const rule = value.includes('.5') ? isOnDay : isAtNoon;
    const { text, log } = await exports.run({ trigger: { segment: aSegment({ rules: [rule] }) } });
    expect(parseIds(text)).toEqual([1]);
    expect(log).toHaveLength(1);
  });

  it('reads a basic date as a whole day', async () => {
    const exports = await createExports(sourceWith("(1, 1, '', '20260531', 1)"));
    const { text } = await exports.run({ trigger: { segment: aSegment({ rules: [isOnDay] }) } });
    expect(parseIds(text)).toEqual([1]);
  });

  it.each([
    "'yesterday'",
    "''",
    "'31.05.2026'",
    "'2026-0531'",
    "'2026-02-30'",
    "'20260230'",
    "'2026-05'",
    "'2026-05-31T24:00:00Z'",
    "'2026-05-31T12:0000Z'",
    "'2026-05-31T120000+0:00'",
    "'20260531120000'",
    "x'32303236'",
    '1780228800000',
    "'1780228800000'",
    '9e999',
  ])('rejects %s and counts the row in a warning', async (value) => {
    const exports = await createExports(sourceWith(`(1, 1, '', ${value}, 1), (2, 1, '', NULL, 1)`));
    const { text, log } = await exports.run({ trigger: { segment: aSegment({ rules: [isOnDay] }) } });
    expect(parseIds(text)).toEqual([]);
    expect(log[1]).toBe(
      'warning: Left out 1 row of users in which "seen" is not a date (ISO 8601 text or Unix seconds).',
    );
  });
});

describe('rows with an invalid value', () => {
  const SOURCE = sourceWith(`
    (1, 1, 'Köln', 'soon', 5), (2, 1, 'Köln', '2026-05-31', '1,5'), (3, 1, 'Ulm', 'soon', 5),
    (4, 1, 'Köln', NULL, NULL), (5, 2, 'Köln', 'soon', 'many'), (6, 1, 'Köln', '2026-05-31', 11)`);
  const warning = (rows: string, reasons: string) =>
    `warning: Left out ${rows} of users in which ${reasons}.`;
  const DATE = '"seen" is not a date (ISO 8601 text or Unix seconds)';
  const NUMBER = '"points" is not a number';

  it.each<[string, object, string[]]>([
    ['are not counted if another rule excludes them', { rules: [cityIs('Bonn'), isOnDay] }, []],
    [
      'are counted if they meet all other rules',
      { rules: [cityIs('Köln'), isOnDay] },
      [warning('1 row', DATE)],
    ],
    [
      'are counted with "any" if they meet no other rule',
      { join: 'any', rules: [cityIs('Ulm'), isOnDay] },
      [warning('1 row', DATE)],
    ],
    ['are counted for numbers', { rules: [hasOneToTenPoints] }, [warning('1 row', NUMBER)]],
    [
      'are counted once even if several columns are invalid',
      { rules: [hasOneToTenPoints, isOnDay, isOnDay] },
      [warning('3 rows', `${NUMBER} or ${DATE}`)],
    ],
  ])('%s', async (_, members, warnings) => {
    const exports = await createExports(SOURCE);
    const { log } = await exports.run({ trigger: { segment: aSegment(members) } });
    expect(log.slice(1)).toEqual(warnings);
  });

  it('are counted in users if the segment selects rows of another index', async () => {
    const exports = await createExports(SOURCE);
    const { text, log } = await exports.run({
      target: { export_index: 'transactions' },
      trigger: { segment: aSegment({ rules: [isOnDay] }) },
    });
    expect(parseIds(text)).toEqual([12]);
    expect(log.slice(1)).toEqual([warning('2 rows', DATE)]);
  });
});
