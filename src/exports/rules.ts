import { z } from 'zod';
import type { DateTime } from '../dates.ts';
import type { Bound, Condition } from '../db/export-conditions.ts';
import { DAY_MS } from '../time.ts';
import { joinWords, quoted } from './indexes.ts';
import {
  dateRangeOperands,
  dayOperands,
  momentOperand,
  numberOperands,
  relativeDateOperands,
  textOperands,
} from './rule-operands.ts';

interface Operator {
  /** The `field_type` that the operator supports. */
  type: 'keyword' | 'date';
  /** @throws z.ZodError when the values of the rule are missing or invalid */
  condition(rule: Record<string, unknown>, column: string, now: number): Condition;
}

const text =
  (test: 'equals' | 'contains', isNegated: boolean): Operator['condition'] =>
  (rule, column) => ({ kind: 'text', column, test, text: textOperands.parse(rule).value, isNegated });

const during = (column: string, ...bounds: Bound[]): Condition => ({ kind: 'time', column, bounds });

/** Returns the end of a day, or the time itself. */
const endOf = ({ at, isDay }: DateTime) => (isDay ? at + DAY_MS : at);

/** Returns true if `start` is not later than `end`. An end that is a day includes the whole day. */
const isInOrder = (start: DateTime, end: DateTime) =>
  end.isDay ? start.at < endOf(end) : start.at <= end.at;

/**
 * The operators of rules (contract A4). Dates are in UTC. A date without a time is the whole day:
 * - `is_date`: on the day of `value`
 * - `is_after_date`, `is_before_date`: later than `start_date`, earlier than `end_date`; `value` replaces a missing one
 * - `is_between_date`: from `start_date` up to `end_date`; excluding a time, including a day
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
      const { min, max } = numberOperands
        .refine((range) => range.min <= range.max, { path: ['min'], error: 'must not be above max' })
        .parse(rule);
      return {
        kind: 'number',
        column,
        bounds: [
          { operator: '>=', value: min },
          { operator: '<=', value: max },
        ],
      };
    },
  },
  is_date: {
    type: 'date',
    condition: (rule, column) => {
      const { at } = dayOperands.parse(rule).value;
      const day = Math.floor(at / DAY_MS) * DAY_MS;
      return during(column, { operator: '>=', value: day }, { operator: '<', value: day + DAY_MS });
    },
  },
  is_after_date: {
    type: 'date',
    condition: (rule, column) => {
      const start = z
        .object({ start_date: momentOperand })
        .parse({ start_date: rule.start_date ?? rule.value }).start_date;
      return during(column, { operator: start.isDay ? '>=' : '>', value: endOf(start) });
    },
  },
  is_before_date: {
    type: 'date',
    condition: (rule, column) => {
      const end = z
        .object({ end_date: momentOperand })
        .parse({ end_date: rule.end_date ?? rule.value }).end_date;
      return during(column, { operator: '<', value: end.at });
    },
  },
  is_between_date: {
    type: 'date',
    condition: (rule, column) => {
      const dates = dateRangeOperands
        .refine(({ start_date: start, end_date: end }) => isInOrder(start, end), {
          path: ['start_date'],
          error: 'must not be later than end_date',
        })
        .parse(rule);
      return during(
        column,
        { operator: '>=', value: dates.start_date.at },
        { operator: '<', value: endOf(dates.end_date) },
      );
    },
  },
  relative_less_than: {
    type: 'date',
    condition: (rule, column, now) => {
      const { time_amount: days } = relativeDateOperands.parse(rule);
      return during(column, { operator: '>=', value: now - days * DAY_MS }, { operator: '<=', value: now });
    },
  },
};

/** A rule is invalid. The message says what to change, without a full stop. */
export class RuleError extends Error {}

/**
 * Parses one rule. Members that its operator does not use are ignored.
 * @param now Unix milliseconds
 * @throws RuleError when the rule is invalid
 */
export function parseRule(rule: Record<string, unknown>, now: number): Condition {
  const { field_name: column, field_type: type, operator: name } = rule;
  if (typeof column !== 'string') throw new RuleError('field_name must be the name of a column');
  const operator = typeof name === 'string' && Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (!operator) {
    const known = joinWords(Object.keys(OPERATORS));
    throw new RuleError(`${quoted(name)} is not a known operator; the operators are ${known}`);
  }
  if (type !== operator.type) {
    throw new RuleError(`field_type must be "${operator.type}" for the operator ${quoted(name)}`);
  }
  try {
    return operator.condition(rule, column, now);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const reasons = error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new RuleError(joinWords(reasons));
  }
}
