/** Numbers of tasks are shown, saved and sent as they are written. */
import { describe, expect, it } from 'vitest';
import { parseExactly } from '../../src/web/lib/json-source.ts';
import { toCsv } from '../../src/web/lib/save-rows.ts';
import { CSV_COLUMNS } from '../../src/web/services/all-tasks.ts';
import { bodyOf, EMPTY_DRAFT } from '../../src/web/services/export-draft.ts';
import { parseTask } from '../../src/web/services/responses.ts';
import { segmentSentence } from '../../src/web/services/segment-sentence.ts';
import { campaignOf } from '../../src/web/services/task-words.ts';
import { aServicesTask } from '../support/tasks.ts';

const NUMBERS = ['9007199254740993', '1.0', '1e2', '-0', '0.10000000000000000555'];

/** Returns a task as the server sends it. */
const taskText = (number: string) =>
  JSON.stringify(
    aServicesTask({
      logs: [],
      target: { action: 'none', campaign_id: '#' },
      trigger: { once: '#', segment: { rules: [{ field_name: 'points', operator: 'is', value: '#' }] } },
    }),
  ).replaceAll('"#"', number);

describe.each(NUMBERS)('the number %s', (number) => {
  const task = parseTask(taskText(number));

  it('is shown as it is written', () => {
    expect(campaignOf(task)).toBe(number);
    expect(segmentSentence(task.trigger.segment)).toBe(`People for whom points is ${number}.`);
  });

  it('is shown as it is written inside an object', () => {
    const nested = parseTask(taskText(`{"a":[${number}]}`));
    expect(campaignOf(nested)).toBe(`{"a":[${number}]}`);
  });

  it('is saved in CSV as it is written', () => {
    const [, line = ''] = toCsv(CSV_COLUMNS, [task]).split('\r\n');
    expect(line.split(',').filter((cell) => cell === number)).toHaveLength(2);
  });

  it('is sent as it was typed', () => {
    expect(bodyWithMin(number)).toContain(`"min":${number},`);
  });
});

const bodyWithMin = (min: string) => {
  const rules = [
    { key: 1, field: 'points', operator: 'is_between_number' as const, operands: { min, max: '5' } },
  ];
  const draft = { ...EMPTY_DRAFT, segment: { index: 'users' as const, join: 'all' as const, rules } };
  return JSON.stringify(bodyOf(draft, { chain: 1764, openedAt: 0, zone: 'UTC' }));
};

it.each([
  ['007', '7'],
  ['.5', '0.5'],
  ['-.50', '-0.50'],
  ['00.10', '0.10'],
  ['0', '0'],
])('the text %s of a field, which JSON does not accept, is sent as %s', (typed, sent) => {
  expect(bodyWithMin(typed)).toContain(`"min":${sent},`);
});

it.each(['', 'abc', '1.', '"1"'])(
  'the text %j of a field, which is no number, is sent as a text',
  (typed) => {
    expect(bodyWithMin(typed)).toContain(`"min":${JSON.stringify(typed)},`);
  },
);

it('a number among the rules of a segment is no rule', () => {
  expect(segmentSentence(parseExactly('{"rules":[1.0]}')?.value)).toBeUndefined();
});
