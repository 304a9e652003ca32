/**
 * The schema of a segment rule in the OpenAPI document: one variant for each kind of operands. `parseRule` gives the same
 * verdict with better errors.
 */
import { z } from 'zod';
import {
  dateRangeOperands,
  dayOperands,
  MOMENT_ID,
  numberOperands,
  relativeDateOperands,
  textOperands,
} from '../exports/rule-operands.ts';
import { nonEmptyText } from './schema.ts';

/** Returns the schema of the rules with these operators. */
const variant = <const Operators extends readonly [string, ...string[]], Operands extends z.ZodRawShape>(
  id: string,
  description: string,
  type: 'keyword' | 'date',
  operators: Operators,
  operands: Operands,
  keywords: Partial<ReturnType<typeof oneOperand>> = {},
) =>
  z
    .looseObject({
      field_name: nonEmptyText.meta({ description: 'A column of the index.', examples: ['city'] }),
      field_type: z.literal(type),
      operator: z.enum(operators),
      ...operands,
    })
    .meta({ id, description, ...keywords });

/** An operand that the operator reads only if the other one is missing. */
const momentReference = { $ref: `#/components/schemas/${MOMENT_ID}` };
const eitherMoment = z.unknown().optional().meta({ override: momentReference });

/** Requires one of two operands. Zod has no such check, but JSON Schema has. */
const oneOperand = (name: string) => ({
  anyOf: [name, 'value'].map((operand) => ({
    properties: { [operand]: momentReference },
    required: [operand],
  })),
});

export const rule = z
  .discriminatedUnion('operator', [
    variant(
      'TextRule',
      'Compares text. Upper and lower case are equal.',
      'keyword',
      ['is', 'is_not', 'contains', 'does_not_contain'],
      textOperands.shape,
    ),
    variant(
      'NumberRangeRule',
      'The number is from `min` to `max`, both included.',
      'keyword',
      ['is_between_number'],
      numberOperands.shape,
    ),
    variant('DayRule', 'The time is on the day of `value` (UTC).', 'date', ['is_date'], dayOperands.shape),
    variant(
      'AfterDateRule',
      'The time is later than `start_date`, or than `value` if there is no `start_date`.',
      'date',
      ['is_after_date'],
      { start_date: eitherMoment, value: eitherMoment },
      oneOperand('start_date'),
    ),
    variant(
      'BeforeDateRule',
      'The time is earlier than `end_date`, or than `value` if there is no `end_date`.',
      'date',
      ['is_before_date'],
      { end_date: eitherMoment, value: eitherMoment },
      oneOperand('end_date'),
    ),
    variant(
      'DateRangeRule',
      'The time is `start_date` or later, and earlier than `end_date`. If `end_date` is a day, that day is included.',
      'date',
      ['is_between_date'],
      dateRangeOperands.shape,
    ),
    variant(
      'RelativeDateRule',
      'The time is within the last `time_amount` days before the run.',
      'date',
      ['relative_less_than'],
      relativeDateOperands.shape,
    ),
  ])
  .meta({ id: 'Rule', description: 'One condition of a segment. Each operator has its own operands.' });
