/** Requirement 8 of the pages: the body and the command of a new export. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { curlCommand } from '../../src/web/services/create-command.ts';
import { bodyOf, EMPTY_DRAFT, onceOf } from '../../src/web/services/export-draft.ts';
import { isKnownColumn, KNOWN_COLUMNS } from '../../src/web/services/known-columns.ts';

const around = { chain: 1764, openedAt: Date.parse('2026-06-01T12:00:00.9Z'), zone: 'UTC' } as const;

describe('the body of a new export', () => {
  it('has no segment, and runs once from now, if nothing else is chosen', () => {
    expect(bodyOf({ ...EMPTY_DRAFT, desc: ' Users ', index: 'users' }, around)).toEqual({
      chain: 1764,
      desc: 'Users',
      trigger: { once: '2026-06-01T12:00:00Z' },
      target: { action: 'export', export_index: 'users', export_format: 'csv' },
    });
  });

  it('has the operands of each operator with their types', () => {
    const operands = { min: '1.5', max: '20', time_amount: '30', value: '007', start_date: '2026-05-01' };
    const operators = ['is', 'is_between_number', 'relative_less_than', 'is_after_date'] as const;
    const rules = operators.map((operator, key) => ({ key, field: ' points ', operator, operands }));
    const { trigger } = bodyOf({ ...EMPTY_DRAFT, segment: { index: 'users', join: 'any', rules } }, around);
    expect(trigger.segment).toEqual({
      ...{ entity: 'people', index: 'users', join: 'any', chain_id: 1764 },
      rules: [
        { field_name: 'points', field_type: 'keyword', operator: 'is', value: '007' },
        { field_name: 'points', field_type: 'keyword', operator: 'is_between_number', min: 1.5, max: 20 },
        {
          ...{ field_name: 'points', field_type: 'date', operator: 'relative_less_than' },
          ...{ time_factor: 'day', time_amount: 30 },
        },
        { field_name: 'points', field_type: 'date', operator: 'is_after_date', start_date: '2026-05-01' },
      ],
    });
  });

  it('8: has the time in the zone of the page', () => {
    expect(onceOf('2026-06-01T09:00', 'UTC')).toBe('2026-06-01T09:00:00Z');
    const local = onceOf('2026-06-01T09:00', 'local');
    expect(local).toMatch(/^2026-06-01T09:00:00[+-]\d\d:\d\d$/);
    expect(Date.parse(local)).toBe(new Date('2026-06-01T09:00:00').getTime());
  });

  it('is quoted for a shell, with a placeholder for the secret', () => {
    const body = `{"desc":"it's $HOME"}`;
    const session = { method: 'token', user_id: null, chain: 1764 } as const;
    const command = curlCommand({ origin: 'http://host', body, idempotencyKey: 'abc', session });
    const printed = execFileSync('sh', ['-c', command.replace(/^curl/, "printf '%s\\n'")], {
      encoding: 'utf8',
    });
    expect(printed.split('\n')).toEqual([
      'http://host/tasks',
      ...['-H', 'Authorization: Bearer ACCESS_TOKEN_ID:ACCESS_TOKEN_SECRET'],
      ...['-H', 'Content-Type: application/json', '-H', 'Idempotency-Key: abc', '--data-raw', body, ''],
    ]);
  });
});

it('the suggested columns are those of the demo source', () => {
  const source: Record<string, object[]> = JSON.parse(readFileSync('seeds/retail.json', 'utf8'));
  const columns = Object.entries(source).map(([index, rows]) => [
    index,
    [...new Set(rows.flatMap((row) => Object.keys(row)))],
  ]);
  expect(KNOWN_COLUMNS).toEqual(Object.fromEntries(columns));
});

it.each([
  ['city', true],
  ['CITY', true],
  ['total', false],
  ['constructor', false],
])('the column %s is known for users: %s', (column, isKnown) => {
  expect(isKnownColumn('users', column)).toBe(isKnown);
});
