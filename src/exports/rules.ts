import { z } from 'zod';
import { type DateTime, parseDateTime } from '../dates.ts';
import type { Bound, Condition } from '../db/export-conditions.ts';
import { DAY_MS } from '../time.ts';
import { listed, named } from './indexes.ts';

interface Operator {
  /** The `field_type` that it takes. */
  type: 'keyword' | 'date';
  /** @throws z.ZodError when the rule's values are missing or not what they must be */
  condition(rule: Record<string, unknown>, column: string, now: number): Condition;
}

// Of larger integers JSON has lost digits before we see them.
const isExact = (word: unknown) =>
  typeof word === 'string' ||
  (typeof word === 'number' && (!Number.isInteger(word) || Number.isSafeInteger(word)));
const value = z
  .custom<string | number>(isExact, { error: 'must be a text, or a number of at most 15 digits' })
  .transform(String);
const number = z.number({ error: 'must be a number' });
const moment = z.unknown().transform((text, context): DateTime => {
  const read = typeof text === 'string' ? parseDateTime(text) : undefined;
  if (read) return read;
  context.issues.push({
    code: 'custom',
    input: text,
    message: 'must be a time such as 2026-05-31T12:00:00Z, or a day such as 2026-05-31',
  });
  return z.NEVER;
});
const timeFactor = z.literal('day', { error: 'must be "day"' });
const timeAmount = z
  .int({ error: 'must be an integer' })
  .min(1, 'must be at least 1')
  .max(100_000, 'must be at most 100000');

const text =
  (test: 'equals' | 'contains', isNegated: boolean): Operator['condition'] =>
  (rule, column) => ({ kind: 'text', column, test, text: z.object({ value }).parse(rule).value, isNegated });

const during = (column: string, ...bounds: Bound[]): Condition => ({ kind: 'time', column, bounds });

/** The moment at which a time, or a whole day, is over; a time is over at once. */
const endOf = ({ at, isDay }: DateTime) => (isDay ? at + DAY_MS : at);

/** True if a range is not empty, or is the same time twice; an end that is a day includes all of it. */
const isInOrder = (start: DateTime, end: DateTime) =>
  end.isDay ? start.at < endOf(end) : start.at <= end.at;

/**
 * The operators of rules (contract A4). Dates are in UTC; a day stands for all of it:
 * - `is_date`: on the day of `value`
 * - `is_after_date`, `is_before_date`: later than `start_date`, earlier than `end_date`; `value` will do for either
 * - `is_between_date`: from `start_date` on and before `end_date`, which as a day is included
 * - `relative_less_than`: within the last `time_amount` days, to the second; never in the future
 * - `is_between_number`: from `min` to `max`, both included
 */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  is: { type: 'keyword', condition: text('equals', false) },
  is_not: { type: 'keyword', condition: text('equals', true) },
  contains: { type: 'keyword', condition: text('contains', false) },
  does_not_contain: { type: 'keyword', condition: text('contains', true) },
  is_between_number: {
    type: 'keyword',
    condition: (rule, column) => {
      const { min, max } = z
        .object({ min: number, max: number })
        .refine((range) => range.min <= range.max, { path: ['min'], error: 'must not be above max' })
        .parse(rule);
      return {
        kind: 'number',
        column,
        bounds: [
          { is: '>=', value: min },
          { is: '<=', value: max },
        ],
      };
    },
  },
  is_date: {
    type: 'date',
    condition: (rule, column) => {
      const { at } = z.object({ value: moment }).parse(rule).value;
      const day = Math.floor(at / DAY_MS) * DAY_MS;
      return during(column, { is: '>=', value: day }, { is: '<', value: day + DAY_MS });
    },
  },
  is_after_date: {
    type: 'date',
    condition: (rule, column) => {
      const start = z
        .object({ start_date: moment })
        .parse({ start_date: rule.start_date ?? rule.value }).start_date;
      return during(column, { is: start.isDay ? '>=' : '>', value: endOf(start) });
    },
  },
  is_before_date: {
    type: 'date',
    condition: (rule, column) => {
      const end = z.object({ end_date: moment }).parse({ end_date: rule.end_date ?? rule.value }).end_date;
      return during(column, { is: '<', value: end.at });
    },
  },
  is_between_date: {
    type: 'date',
    condition: (rule, column) => {
      const dates = z
        .object({ start_date: moment, end_date: moment })
        .refine(({ start_date: start, end_date: end }) => isInOrder(start, end), {
          path: ['start_date'],
          error: 'must not be later than end_date',
        })
        .parse(rule);
      return during(
        column,
        { is: '>=', value: dates.start_date.at },
        { is: '<', value: endOf(dates.end_date) },
      );
    },
  },
  relative_less_than: {
    type: 'date',
    condition: (rule, column, now) => {
      const { time_amount: days } = z
        .object({ time_factor: timeFactor, time_amount: timeAmount })
        .parse(rule);
      return during(column, { is: '>=', value: now - days * DAY_MS }, { is: '<=', value: now });
    },
  },
};

/** A rule that cannot be used; the message says what to change, without a full stop. */
export class RuleError extends Error {}

/**
 * Reads one rule. Members that its operator does not take are ignored.
 * @param now Unix milliseconds
 * @throws RuleError when it cannot be used
 */
export function conditionOf(rule: Record<string, unknown>, now: number): Condition {
  const { field_name: column, field_type: type, operator: name } = rule;
  if (typeof column !== 'string') throw new RuleError('field_name must be the name of a column');
  const operator = typeof name === 'string' && Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (!operator) {
    const known = listed(Object.keys(OPERATORS));
    throw new RuleError(`${named(name)} is no operator that is known; there are ${known}`);
  }
  if (type !== operator.type) {
    throw new RuleError(`field_type must be "${operator.type}" for the operator ${named(name)}`);
  }
  try {
    return operator.condition(rule, column, now);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const reasons = error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new RuleError(listed(reasons));
  }
}
